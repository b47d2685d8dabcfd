"""The official vectors for single structures, and the count of all cases: which are run, and why others are not."""

from collections import Counter

import pytest

from mls_rs_python import (
    Client,
    Crypto,
    InvalidCommit,
    InvalidMessage,
    InvalidSignature,
    KeyPackage,
    Storage,
    inspect_message,
    welcome_references,
)

LACKING = [f"the provider lacks suite {suite}" for suite in (4, 5, 6)]
INSIDE = "inside mls-rs, no door to it"
WIRE_FORMATS = {
    "mls_welcome": ("welcome", None),
    "mls_group_info": ("group_info", None),
    "mls_key_package": ("key_package", None),
    "public_message_application": ("public_message", "application"),
    "public_message_proposal": ("public_message", "proposal"),
    "public_message_commit": ("public_message", "commit"),
    "private_message": ("private_message", None),
}
RUN = {
    "crypto-basics": 4,
    "deserialization": 13,
    "messages": 300,
    "passive-client-handling-commit": 52,
    "passive-client-random": 1,
    "passive-client-welcome": 32,
    "tree-validation": 56,
    "welcome": 4,
}
LEFT_OUT = {
    "crypto-basics": 3,
    "deserialization": 1,
    "key-schedule": 7,
    "message-protection": 7,
    "passive-client-handling-commit": 39,
    "passive-client-welcome": 24,
    "psk_secret": 77,
    "secret-tree": 21,
    "transcript-hashes": 7,
    "tree-math": 10,
    "tree-operations": 5,
    "tree-validation": 42,
    "treekem": 77,
    "welcome": 3,
}
"""Cases by file."""


def client(suite: int) -> Client:
    secret, public = Crypto(suite).generate_signature_key_pair()
    return Client(
        credential=b"observer",
        signature_secret_key=secret,
        signature_public_key=public,
        storage=Storage(),
        identity_validator=lambda credential, _: credential,
        cipher_suite=suite,
    )


def vector(data: bytes) -> bytes:
    """A variable-length vector of RFC 9420, section 2.1.2."""
    length = len(data)
    if length < 1 << 6:
        return bytes([length]) + data
    return (length | 1 << 14).to_bytes(2, "big") + data if length < 1 << 14 else (length | 2 << 30).to_bytes(4) + data


def group_info(suite: int, group_id: bytes, tree_hash: bytes) -> bytes:
    """Of a group with this tree hash, signed by nobody: the leaf that it names is none."""
    context = b"\0\1" + suite.to_bytes(2, "big") + vector(group_id) + bytes(8) + vector(tree_hash) + vector(b"") * 2
    return b"\0\1\0\4" + context + vector(b"") + vector(bytes(32)) + (1 << 20).to_bytes(4, "big") + vector(bytes(64))


def test_every_case_is_accounted_for(vectors) -> None:
    counted = {name: RUN.get(name, 0) + LEFT_OUT.get(name, 0) for name in sorted({*RUN, *LEFT_OUT})}
    assert counted == {name: len(vectors.cases(name)) for name in vectors.names()}
    for name in LEFT_OUT.keys() - RUN.keys():
        vectors.tell(name, 0, {INSIDE: LEFT_OUT[name]})
    total, run = sum(counted.values()), sum(RUN.values())
    assert (total, len(counted), run) == (785, 16, 462)
    vectors.tell(f"all of {total} cases in {len(counted)} files", run, {"see each file": total - run})


def test_welcomes_name_their_key_package(vectors) -> None:
    """The rest of a Welcome needs the leaf's private key, which these vectors do not give."""
    run = vectors.of_known_suites("welcome")
    for case in run:
        package = KeyPackage.parse(bytes.fromhex(case["key_package"]))
        welcome = bytes.fromhex(case["welcome"])
        assert package.reference in welcome_references(welcome)
        assert inspect_message(welcome).cipher_suite == package.cipher_suite == case["cipher_suite"]
    vectors.tell("welcome (key package and its reference)", len(run), vectors.of_other_suites("welcome"))
    assert (len(run), vectors.of_other_suites("welcome")) == (RUN["welcome"], dict.fromkeys(LACKING, 1))


def test_messages(vectors) -> None:
    contents: Counter[str | None] = Counter()
    observer = client(1)
    bare = observer.create_group(now=1_790_000_000).group_info(with_ratchet_tree=False)
    cases = vectors.cases("messages")
    for case in cases:
        for field, (wire_format, content_type) in WIRE_FORMATS.items():
            header = inspect_message(bytes.fromhex(case[field]))
            assert header.wire_format == wire_format
            if wire_format == "private_message":
                contents[header.content_type] += 1
            else:
                assert header.content_type == content_type
        data = bytes.fromhex(case["mls_key_package"])
        assert KeyPackage.parse(data).data == data
        assert welcome_references(bytes.fromhex(case["mls_welcome"]))
        # the tree can be decoded, and is that of another group; shorter by a byte, it cannot
        tree = bytes.fromhex(case["ratchet_tree"])
        with pytest.raises(InvalidCommit):
            observer.inspect_group_info(bare, ratchet_tree=tree)
        with pytest.raises(InvalidMessage):
            observer.inspect_group_info(bare, ratchet_tree=tree[:-1])
    decoded = {*WIRE_FORMATS, "ratchet_tree"}
    bare_structures = sorted(set(cases[0]) - decoded)
    vectors.tell(
        f"messages ({len(decoded)} of {len(cases[0])} structures each)",
        len(cases),
        {f"structures that never travel alone: {', '.join(bare_structures)}": len(bare_structures)},
    )
    assert (len(cases), len(decoded), len(bare_structures)) == (RUN["messages"], 8, 9)
    assert contents == {"application": 102, "proposal": 99, "commit": 99}


def private_message(group_id_header: bytes, length: int) -> bytes:
    """A PrivateMessage of epoch 7 that is empty but for its group id."""
    return b"\0\1\0\2" + group_id_header + bytes(length) + (7).to_bytes(8, "big") + b"\1\0\0\0"


def test_lengths(vectors) -> None:
    """Each header in front of a group id of its length."""
    lengths = {case["vlbytes_header"]: case["length"] for case in vectors.cases("deserialization")}
    huge = lengths.pop("bfffffff")
    for header, length in lengths.items():
        message = inspect_message(private_message(bytes.fromhex(header), length))
        assert (len(message.group_id or b""), message.epoch) == (length, 7)
    with pytest.raises(InvalidMessage):
        inspect_message(private_message(bytes.fromhex("bfffffff"), 1000))
    vectors.tell("deserialization", len(lengths), {f"no message may have {huge} bytes": LEFT_OUT["deserialization"]})
    assert len(lengths) == RUN["deserialization"]


def test_trees(vectors) -> None:
    """A tree is valid in its own group alone; where it is, what is missed is the leaf that signed the GroupInfo."""
    run = vectors.of_known_suites("tree-validation")
    for case in run:
        suite, group_id, tree = case["cipher_suite"], bytes.fromhex(case["group_id"]), bytes.fromhex(case["tree"])
        hashes = [bytes.fromhex(each) for each in case["tree_hashes"]]
        root, observer = hashes[len(hashes) // 2], client(suite)
        with pytest.raises(InvalidCommit, match="out of bounds"):
            observer.inspect_group_info(group_info(suite, group_id, root), ratchet_tree=tree)
        with pytest.raises(InvalidCommit, match="tree hash"):
            observer.inspect_group_info(group_info(suite, group_id, root[::-1]), ratchet_tree=tree)
        with pytest.raises(InvalidSignature):
            observer.inspect_group_info(group_info(suite, group_id[::-1], root), ratchet_tree=tree)
    left_out = vectors.of_other_suites("tree-validation")
    vectors.tell("tree-validation", len(run), left_out)
    assert (len(run), left_out) == (RUN["tree-validation"], dict.fromkeys(LACKING, 14))


def expand_with_label(crypto: Crypto, secret: bytes, label: str, context: bytes, length: int) -> bytes:
    """RFC 9420, section 8."""
    info = length.to_bytes(2, "big") + vector(b"MLS 1.0 " + label.encode()) + vector(context)
    return crypto.hkdf_expand(secret, info, length)


def test_primitives(vectors) -> None:
    """The labels are put on here, as whoever uses the primitives would."""
    run = vectors.of_known_suites("crypto-basics")
    for case in run:
        crypto = Crypto(case["cipher_suite"])
        hashed = case["ref_hash"]
        labelled = vector(hashed["label"].encode()) + vector(bytes.fromhex(hashed["value"]))
        assert crypto.hash(labelled).hex() == hashed["out"]
        for name, context, length in (
            ("expand_with_label", bytes.fromhex(case["expand_with_label"]["context"]), None),
            ("derive_secret", b"", crypto.hash_size),
            ("derive_tree_secret", case["derive_tree_secret"]["generation"].to_bytes(4, "big"), None),
        ):
            derived = case[name]
            size = derived["length"] if length is None else length
            out = expand_with_label(crypto, bytes.fromhex(derived["secret"]), derived["label"], context, size)
            assert out.hex() == derived["out"]
        signed = case["sign_with_label"]
        content = vector(b"MLS 1.0 " + signed["label"].encode()) + vector(bytes.fromhex(signed["content"]))
        public, signature = bytes.fromhex(signed["pub"]), bytes.fromhex(signed["signature"])
        assert crypto.verify(public, content, signature)
        assert not crypto.verify(public, content + b"\0", signature)
    left_out = vectors.of_other_suites("crypto-basics") | {"HPKE under labels (encrypt_with_label), no door to it": 4}
    vectors.tell("crypto-basics (hash, derivations, signature)", len(run), left_out)
    assert (len(run), sum(left_out.values())) == (RUN["crypto-basics"], 7)
