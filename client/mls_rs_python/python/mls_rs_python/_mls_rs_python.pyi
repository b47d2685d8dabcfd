"""The native module: Messaging Layer Security (RFC 9420) by mls-rs.

All binary data is `bytes`; times are whole seconds since 1970; leaves are indices of RFC 9420, section 7.
Every class may raise the errors named; whatever bytes come in, only subclasses of `MlsError` come out of them.

A `Group` lives in memory and reaches its `Storage` by `save()` alone. An operation that raises may have used up a
ratchet key: drop the group and load it again to be where the last `save()` left it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, Literal, final

__all__ = [
    "ApplicationMessage",
    "Client",
    "CommitOutput",
    "CommitReceived",
    "Crypto",
    "Group",
    "GroupInfo",
    "KeyPackage",
    "Member",
    "MessageHeader",
    "ProposalReceived",
    "Storage",
    "inspect_message",
    "welcome_references",
]

@final
class Crypto:
    """The primitives of one cipher suite (RFC 9420, section 5.1)."""

    def __new__(cls, cipher_suite: int = 1) -> Crypto:
        """Raises UnsupportedCipherSuite."""

    @staticmethod
    def supported_cipher_suites() -> list[int]:
        """Their numbers in RFC 9420, section 17.1, rising."""

    @property
    def cipher_suite(self) -> int:
        """Its number."""

    @property
    def hash_size(self) -> int:
        """Bytes of a hash, MAC and HKDF key."""

    @property
    def aead_key_size(self) -> int:
        """Bytes of an AEAD key."""

    @property
    def aead_nonce_size(self) -> int:
        """Bytes of an AEAD nonce."""

    def generate_signature_key_pair(self) -> tuple[bytes, bytes]:
        """A new (secret, public) key; for Ed25519 the secret is seed and public key, 64 bytes."""

    def signature_public_key(self, secret_key: bytes) -> bytes:
        """The public key of a secret one. Raises UsageError for what is no key."""

    def sign(self, secret_key: bytes, data: bytes) -> bytes:
        """Signs `data` as it is: put your own label in front. Raises UsageError for what is no key."""

    def verify(self, public_key: bytes, data: bytes, signature: bytes) -> bool:
        """False for anything that does not verify, malformed keys included."""

    def hash(self, data: bytes) -> bytes:
        """The suite's hash."""

    def mac(self, key: bytes, data: bytes) -> bytes:
        """HMAC with the suite's hash."""

    def hkdf_extract(self, salt: bytes, ikm: bytes) -> bytes:
        """RFC 5869, section 2.2. Raises UsageError where `ikm` is empty."""

    def hkdf_expand(self, prk: bytes, info: bytes, length: int) -> bytes:
        """RFC 5869, section 2.3. Raises UsageError for a `prk` shorter than the hash or a length above 255 hashes."""

    @staticmethod
    def argon2id(password: bytes, salt: bytes, *, memory_kib: int, iterations: int, lanes: int, length: int) -> bytes:
        """A key of `length` bytes out of a password: Argon2id (RFC 9106), version 0x13, with neither secret nor data.

        A lane is a parameter of the result alone: one thread fills them all. Other threads run meanwhile, except in
        Pyodide, which has none. The working memory is zeroed at the end.

        Raises UsageError for a password above 64 KiB, a salt of fewer than 8 or more than 64 bytes, `memory_kib`
        below 8 for each lane or above 262144, `iterations` outside 1 to 16, `lanes` outside 1 to 4 and `length`
        outside 16 to 64; CryptoError where there is no room for the working memory.
        """

    def aead_seal(self, key: bytes, nonce: bytes, data: bytes, aad: bytes = b"") -> bytes:
        """Ciphertext and tag. Raises UsageError for keys and nonces of another length and for empty data."""

    def aead_open(self, key: bytes, nonce: bytes, data: bytes, aad: bytes = b"") -> bytes:
        """The plaintext. Raises DecryptionFailed; UsageError for keys and nonces of another length."""

    def seal_to(
        self,
        signature_public_key: bytes,
        info: bytes,
        aad: bytes,
        data: bytes,
        *,
        psk: bytes = b"",
        psk_id: bytes = b"",
    ) -> bytes:
        """Sealed for whoever has the secret key, by HPKE (RFC 9180): encapsulated key, ciphertext and tag.

        The recipient's key is the X25519 key that belongs to the Ed25519 key given. In base mode anybody may have
        sealed it; with a pre-shared key (32 bytes or more, and its id) only somebody who has that, and the recipient
        needs it as well. Raises UnsupportedCipherSuite for suites that do not sign with Ed25519, UsageError for what
        is no key, points of small order included, and for empty data.
        """

    def open_sealed(
        self,
        signature_secret_key: bytes,
        info: bytes,
        aad: bytes,
        sealed: bytes,
        *,
        psk: bytes = b"",
        psk_id: bytes = b"",
    ) -> bytes:
        """What `seal_to` was given. Raises DecryptionFailed; UnsupportedCipherSuite and UsageError as it does."""

    def random_bytes(self, length: int) -> bytes:
        """From the system's generator; at most 1 MiB, else UsageError."""

@final
class Storage:
    """An in-memory table of (table, key) -> value that knows what changed.

    | table       | key                           | value, behind version 1 and a CRC-32    |
    | ----------- | ----------------------------- | --------------------------------------- |
    | group       | group id                      | 0, or 1 where we were removed; state    |
    | epoch       | group id, epoch in 8 bytes BE | secrets of a past epoch                 |
    | key_package | reference                     | key package and its private keys        |
    | psk         | id                            | the key                                 |

    Values hold secrets. The newest `retained_epochs` past epochs of a group are kept, the others deleted.
    """

    def __new__(cls, *, retained_epochs: int = 5) -> Storage:
        """Raises UsageError below 0 and above 1024."""

    def load(self, entries: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Takes in (table, key, value) as `entries` gave them, all or none; they do not count as changes.

        Raises StorageError for an unknown table or version and for a damaged value.
        """

    def entries(self) -> list[tuple[str, bytes, bytes]]:
        """Everything, sorted."""

    def pending_writes(self) -> list[tuple[str, bytes, bytes | None]]:
        """What changed since the last call, sorted: the last value per key, None where it was deleted."""

    def group_ids(self) -> list[bytes]:
        """The groups in it, sorted."""

    def group_entries(self, group_id: bytes) -> list[tuple[str, bytes, bytes]]:
        """Those of one group and its past epochs, sorted; none where there is no such group."""

    def replace_group(self, group_id: bytes, entries: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Puts these, as `group_entries` gave them, in place of all that the group has here, all or none.

        What differs counts as change. A `Group` in memory does not notice: load it again. Raises StorageError as
        `load` does, UsageError where an entry is not of this group or the group's own is missing.
        """

    def delete_group(self, group_id: bytes) -> None:
        """Deletes a group with its past epochs; nothing happens where there is none."""

    def delete_key_package(self, reference: bytes) -> None:
        """Deletes the private part of a key package; nothing happens where there is none."""

    def put_psk(self, psk_id: bytes, psk: bytes) -> None:
        """Stores an external pre-shared key. Raises UsageError where either is empty."""

    def delete_psk(self, psk_id: bytes) -> None:
        """Deletes it; nothing happens where there is none."""

@final
class KeyPackage:
    """A key package (RFC 9420, section 10), decoded."""

    @property
    def data(self) -> bytes:
        """The whole MLSMessage."""

    @property
    def reference(self) -> bytes:
        """Its hash, by which a Welcome names it (section 5.2)."""

    @property
    def cipher_suite(self) -> int: ...
    @property
    def credential(self) -> bytes:
        """The identifier of the basic credential."""

    @property
    def signature_key(self) -> bytes: ...
    @property
    def not_before(self) -> int: ...
    @property
    def not_after(self) -> int: ...
    @property
    def last_resort(self) -> bool:
        """Whether it may be used more than once."""

    @staticmethod
    def parse(data: bytes) -> KeyPackage:
        """Decodes, but verifies nothing. Raises InvalidMessage and UnsupportedCipherSuite."""

@final
class Member:
    """A member of a group."""

    @property
    def leaf_index(self) -> int: ...
    @property
    def credential(self) -> bytes: ...
    @property
    def signature_key(self) -> bytes: ...
    @property
    def identity(self) -> bytes:
        """What the identity validator answered."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class GroupInfo:
    """A group as one of its members described it to those outside (RFC 9420, section 12.4.3)."""

    @property
    def group_id(self) -> bytes: ...
    @property
    def epoch(self) -> int: ...
    @property
    def cipher_suite(self) -> int: ...
    @property
    def context_extensions(self) -> dict[int, bytes]: ...
    @property
    def members(self) -> list[Member]:
        """By leaf."""

    @property
    def signer_leaf(self) -> int:
        """Who signed it."""

@final
class MessageHeader:
    """What a message shows without keys (RFC 9420, section 6)."""

    @property
    def wire_format(self) -> Literal["public_message", "private_message", "welcome", "group_info", "key_package"]: ...
    @property
    def group_id(self) -> bytes | None:
        """None for a Welcome and a key package."""

    @property
    def epoch(self) -> int | None:
        """None for a Welcome and a key package."""

    @property
    def content_type(self) -> Literal["application", "proposal", "commit"] | None:
        """None where the message is not framed content."""

    @property
    def cipher_suite(self) -> int | None:
        """Known of a Welcome, GroupInfo and key package."""

def inspect_message(data: bytes) -> MessageHeader:
    """Decodes any message. Raises InvalidMessage, also above 16 MiB (private messages) and 1 MiB (others)."""

def welcome_references(data: bytes) -> list[bytes]:
    """The key package references that a Welcome answers. Raises InvalidMessage."""

@final
class Client:
    """One device: its signature key, its key packages and its groups.

    `identity_validator(credential, signature_key)` gives the identity of whoever enters a tree and raises to refuse.
    It must be a function of its arguments alone (an accepted answer is remembered), must not use the client, its
    groups or storage, and must not refer to them, or they are never freed. Identities are unique in a group.
    """

    def __new__(
        cls,
        *,
        credential: bytes,
        signature_secret_key: bytes,
        signature_public_key: bytes,
        storage: Storage,
        identity_validator: Callable[[bytes, bytes], bytes],
        cipher_suite: int = 1,
        extension_types: Sequence[int] = (),
        accept_public_handshakes: bool = False,
    ) -> Client:
        """`extension_types` are the group context extensions that this device understands.

        `accept_public_handshakes` lets members of its groups send commits and proposals unencrypted (PublicMessage),
        for groups shared with clients that do so: signed all the same, but readable by whoever carries them.

        Raises UsageError, also where the two keys do not belong together, and UnsupportedCipherSuite.
        """

    @property
    def credential(self) -> bytes: ...
    @property
    def signature_public_key(self) -> bytes: ...
    @property
    def cipher_suite(self) -> int: ...
    def generate_key_package(self, *, now: int, lifetime: int = 7776000, last_resort: bool = False) -> KeyPackage:
        """A new key package, valid from a day before `now` to `lifetime` seconds after.

        Its private part goes into the storage at once, and out of it with the `save()` of the group joined by it,
        unless it is the last resort.
        """

    def validate_key_package(self, data: bytes, *, now: int) -> KeyPackage:
        """Checks signatures, lifetime, cipher suite and identity (RFC 9420, section 10.1).

        Raises InvalidMessage, InvalidKeyPackage, IdentityRefused, UnsupportedCipherSuite.
        """

    def import_key_package(self, data: bytes, *, init_secret_key: bytes, leaf_secret_key: bytes) -> KeyPackage:
        """Stores a key package of this credential and signature key that was made elsewhere (`data` is the MLSMessage).

        From then on it is like one that was generated here. Everything but its lifetime is checked, and that both HPKE
        secret keys fit. Raises UsageError (another's key package, a key that does not fit), InvalidMessage,
        InvalidKeyPackage, IdentityRefused, UnsupportedCipherSuite.
        """

    def create_group(
        self, *, now: int, group_id: bytes | None = None, context_extensions: Mapping[int, bytes] | None = None
    ) -> Group:
        """A group of one, by default with a random id. Raises UsageError and IdentityRefused."""

    def join_group(self, welcome: bytes, *, now: int, ratchet_tree: bytes | None = None) -> Group:
        """Joins by a Welcome (RFC 9420, section 12.4.3.1), into the place of a stored group of the same id.

        The lifetime of leaves that are in the tree already is not held against the group. Raises InvalidMessage,
        WelcomeNotForUs, InvalidCommit, IdentityRefused, UnsupportedCipherSuite, StorageError.
        """

    def load_group(self, group_id: bytes) -> Group:
        """The group as last saved. Raises GroupNotFound and StorageError."""

    def inspect_group_info(self, group_info: bytes, *, ratchet_tree: bytes | None = None) -> GroupInfo:
        """Who is in a group and what it is, from its GroupInfo and without joining; nothing is stored.

        The tree is checked as in a join (hashes, leaf signatures, identities), and that a leaf of it signed the
        GroupInfo. An outsider cannot check more: whether this is the group's newest epoch, or one that the group ever
        had, only an external join that the members accept will tell. Raises InvalidMessage, InvalidSignature,
        InvalidCommit (the tree is wrong or missing), IdentityRefused, UnsupportedCipherSuite.
        """

    def external_join(
        self,
        group_info: bytes,
        *,
        now: int,
        ratchet_tree: bytes | None = None,
        external_psks: Sequence[bytes] = (),
        remove_leaf: int | None = None,
        authenticated_data: bytes = b"",
    ) -> tuple[Group, bytes]:
        """Joins by an external commit (RFC 9420, section 12.4.3.2): the group after it, and the commit to send.

        `remove_leaf` takes the place of an own lost leaf, of the same identity. `external_psks` are ids of stored
        keys. Raises InvalidMessage, InvalidCommit, InvalidSignature, InvalidProposal, UnknownLeaf, IdentityRefused,
        UsageError (no such key), UnsupportedCipherSuite.
        """

@final
class CommitOutput:
    """A commit to send."""

    @property
    def commit(self) -> bytes: ...
    @property
    def welcome(self) -> bytes | None:
        """One Welcome, with the tree, for all who were added; None where nobody was."""

    @property
    def ratchet_tree(self) -> bytes | None:
        """None: the tree travels in the Welcome."""

    @property
    def group_info(self) -> bytes | None:
        """Of the epoch that this commit begins, as `Group.group_info()` gives it there; None unless asked for."""

@final
class ApplicationMessage:
    """Application data, decrypted."""

    kind: ClassVar[Literal["application"]]
    @property
    def sender_leaf(self) -> int:
        """In the tree of the message's epoch."""

    @property
    def data(self) -> bytes: ...
    @property
    def authenticated_data(self) -> bytes: ...

@final
class CommitReceived:
    """A commit, applied: the group is in its epoch."""

    kind: ClassVar[Literal["commit"]]
    @property
    def epoch(self) -> int:
        """The new one."""

    @property
    def committer_leaf(self) -> int:
        """Of an external commit, the new leaf."""

    @property
    def external(self) -> bool: ...
    @property
    def added(self) -> list[Member]:
        """By Add, or by the external commit itself."""

    @property
    def removed(self) -> list[Member]:
        """As they were."""

    @property
    def updated(self) -> list[Member]:
        """Whose Update was committed; the committer's own leaf changes with every commit and is not listed."""

    @property
    def self_removed(self) -> bool:
        """We were removed: the group stays in its last epoch, and its other methods raise NotAMember."""

    @property
    def context_extensions_changed(self) -> bool: ...
    @property
    def external_psk_ids(self) -> list[bytes]:
        """The external pre-shared keys that the commit proves knowledge of."""

    @property
    def authenticated_data(self) -> bytes: ...

@final
class ProposalReceived:
    """A proposal, kept until a commit of the same epoch."""

    kind: ClassVar[Literal["proposal"]]
    @property
    def sender_leaf(self) -> int | None: ...
    @property
    def proposal_type(self) -> str:
        """add, update, remove, psk, reinit, external_init, group_context_extensions or custom."""

    @property
    def removed_leaf(self) -> int | None:
        """Whom a Remove names."""

    @property
    def authenticated_data(self) -> bytes: ...

@final
class Group:
    """A group as one of its members holds it.

    Every handshake of a member is encrypted, every commit has a path, and ciphertexts are padded (Padmé).
    ReInit and custom proposals are refused, and, unless the client accepts them, unencrypted handshakes of members.
    """

    @property
    def group_id(self) -> bytes: ...
    @property
    def epoch(self) -> int: ...
    @property
    def cipher_suite(self) -> int: ...
    @property
    def own_leaf_index(self) -> int: ...
    @property
    def context_extensions(self) -> dict[int, bytes]: ...
    @property
    def epoch_authenticator(self) -> bytes:
        """Equal for all who share this epoch (RFC 9420, section 8.7)."""

    @property
    def has_pending_commit(self) -> bool: ...
    @property
    def pending_proposals(self) -> int:
        """How many proposals of this epoch, ours included, wait for a commit."""

    def members(self) -> list[Member]:
        """By leaf. Raises IdentityRefused where the validator changed its mind."""

    def encrypt(self, data: bytes, *, authenticated_data: bytes = b"") -> bytes:
        """An application message; `authenticated_data` travels in the open. Save before sending.

        Raises CommitRequired, NotAMember, UsageError (above 8 MiB; 64 KiB of authenticated data).
        """

    def process(self, message: bytes, *, now: int) -> ApplicationMessage | CommitReceived | ProposalReceived:
        """Takes in what another member sent, or our own pending commit, which it applies.

        `now` is the time at which the server took the message, so that all members judge lifetimes alike.
        Raises InvalidMessage, WrongGroup, StaleEpoch, FutureEpoch, DuplicateMessage, OwnMessage, DecryptionFailed,
        InvalidSignature, InvalidProposal, InvalidCommit, IdentityRefused, NotAMember, StorageError.
        """

    def commit(
        self,
        *,
        now: int,
        add: Sequence[bytes] = (),
        remove: Sequence[int] = (),
        external_psks: Sequence[bytes] = (),
        context_extensions: Mapping[int, bytes] | None = None,
        authenticated_data: bytes = b"",
        with_group_info: bool = False,
    ) -> CommitOutput:
        """Prepares a commit of these changes and of all valid open proposals; it waits for `apply_pending_commit`.

        `context_extensions` replaces all of them; `with_group_info` costs a signature and a copy of the tree.
        Raises CommitPending, InvalidKeyPackage, IdentityRefused, UnsupportedCipherSuite, UnknownLeaf,
        InvalidProposal, UsageError, NotAMember.
        """

    def apply_pending_commit(self) -> CommitReceived:
        """Enters the epoch of our commit. Raises NoPendingCommit and NotAMember."""

    def clear_pending_commit(self) -> None:
        """Forgets our commit; processing another's does so too."""

    def propose_update(self, *, authenticated_data: bytes = b"") -> bytes:
        """A proposal of new keys for our leaf. Raises NotAMember and UsageError."""

    def propose_add(self, key_package: bytes, *, authenticated_data: bytes = b"") -> bytes:
        """A proposal to add; it is validated when it is committed. Raises InvalidKeyPackage, NotAMember, UsageError."""

    def propose_remove(self, leaf_index: int, *, authenticated_data: bytes = b"") -> bytes:
        """A proposal to remove a member, or ourselves. Raises UnknownLeaf, NotAMember, UsageError."""

    def clear_pending_proposals(self) -> None:
        """Forgets all proposals of this epoch; a commit that names one of them can then not be processed."""

    def export_secret(self, label: bytes, context: bytes, length: int) -> bytes:
        """A secret of this epoch (RFC 9420, section 8.5). Raises UsageError for a length of 0 or above 255 hashes."""

    def group_info(self, *, allow_external_commit: bool = True, with_ratchet_tree: bool = True) -> bytes:
        """A signed GroupInfo (RFC 9420, section 12.4.3). Whoever has it can try an external join: seal it."""

    def export_tree(self) -> bytes:
        """The ratchet tree, for those whose GroupInfo came without it."""

    def save(self) -> None:
        """Writes state and past epochs into the storage. Raises StorageError."""
