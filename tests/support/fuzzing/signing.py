"""Key packages, GroupInfos and external commits (RFC 9420) taken apart, and signed again by who may."""

from typing import Final

from mls_rs_python import Crypto

HEADER: Final = 4
"""Version and wire format of an MLSMessage."""
SIGNATURE: Final = b"\x40\x40"
"""Length of an Ed25519 signature."""
SIGNED: Final = len(SIGNATURE) + 64
TAG: Final = 1 + 32
"""A confirmation tag with its length."""


def vector(data: bytes) -> bytes:
    """A variable-length vector (section 2.1.2)."""
    length = len(data)
    if length < 1 << 6:
        return bytes([length]) + data
    if length < 1 << 14:
        return (length | 1 << 14).to_bytes(2, "big") + data
    return (length | 2 << 30).to_bytes(4, "big") + data


def _after_vector(data: bytes, at: int) -> int:
    width = 1 << (data[at] >> 6)
    return at + width + (int.from_bytes(data[at : at + width], "big") & (1 << (8 * width - 2)) - 1)


def sign_with_label(crypto: Crypto, secret: bytes, label: str, content: bytes) -> bytes:
    """Section 5.1.2; with its length in front."""
    signed = crypto.sign(secret, vector(b"MLS 1.0 " + label.encode()) + vector(content))
    assert len(signed) == 64
    return SIGNATURE + signed


def _leaf(key_package: bytes) -> tuple[int, int]:
    """Where the leaf of a key package begins, and its signature."""
    start = at = _after_vector(key_package, HEADER + 4)
    for _ in range(2):
        at = _after_vector(key_package, at)
    at = _after_vector(key_package, at + 2)
    for _ in range(5):
        at = _after_vector(key_package, at)
    return start, _after_vector(key_package, at + 1 + 16)


def unsigned_leaf(key_package: bytes) -> bytes:
    start, end = _leaf(key_package)
    return key_package[start:end]


def signed_key_package(crypto: Crypto, secret: bytes, key_package: bytes, leaf: bytes) -> bytes:
    """The key package with another leaf, both signed."""
    start, end = _leaf(key_package)
    extensions = key_package[_after_vector(key_package, end) : -SIGNED]
    body = key_package[HEADER:start] + leaf + sign_with_label(crypto, secret, "LeafNodeTBS", leaf) + extensions
    return key_package[:HEADER] + body + sign_with_label(crypto, secret, "KeyPackageTBS", body)


def unsigned_group_info(group_info: bytes) -> bytes:
    return group_info[HEADER:-SIGNED]


def signed_group_info(crypto: Crypto, secret: bytes, body: bytes) -> bytes:
    return b"\0\1\0\4" + body + sign_with_label(crypto, secret, "GroupInfoTBS", body)


def _group_context(group_info: bytes) -> bytes:
    at = _after_vector(group_info, HEADER + 4) + 8
    for _ in range(3):
        at = _after_vector(group_info, at)
    return group_info[HEADER:at]


def unsigned_external_commit(commit: bytes) -> bytes:
    """Its FramedContent (section 6.1)."""
    return commit[HEADER : -SIGNED - TAG]


def signed_external_commit(crypto: Crypto, secret: bytes, group_info: bytes, commit: bytes, content: bytes) -> bytes:
    """The commit with another content; its confirmation tag, which needs the secrets of the epoch, stays."""
    signed = commit[:HEADER] + content + _group_context(group_info)
    signature = sign_with_label(crypto, secret, "FramedContentTBS", signed)
    return commit[:HEADER] + content + signature + commit[-TAG:]
