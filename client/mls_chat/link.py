"""The invite link `#join=<invite_id>.<secret>`: its text form and the keys derived from its secret (HKDF-SHA256)."""

import base64
import binascii
import hashlib
import hmac
import uuid
from typing import Final

import msgspec

from mls_chat.identity import statement
from mls_chat.sealing import SealBroken, seal, unseal
from mls_rs_python import Crypto

SECRET_BYTES: Final = 32
PREFIX: Final = "join="


class LinkRefused(Exception):
    """Not a link of ours, or what it should open was changed."""


class Link(msgspec.Struct, frozen=True):
    invite_id: str
    secret: bytes

    @property
    def fragment(self) -> str:
        return f"{PREFIX}{self.invite_id}.{base64.urlsafe_b64encode(self.secret).rstrip(b'=').decode()}"


def parse_fragment(fragment: str) -> Link:
    """Raises LinkRefused."""
    invite_id, dot, secret = fragment.removeprefix("#").removeprefix(PREFIX).partition(".")
    if not dot or not fragment.removeprefix("#").startswith(PREFIX) or len(fragment) > 200:
        raise LinkRefused("not an invite link")
    try:
        raw = base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
        known = str(uuid.UUID(invite_id))
    except (ValueError, binascii.Error) as error:
        raise LinkRefused("not an invite link") from error
    if len(raw) != SECRET_BYTES:
        raise LinkRefused("not an invite link")
    return Link(known, raw)


class LinkKeys:
    """Everything that a link's secret is good for; the server sees only SHA-256 of `access_key` until someone joins."""

    def __init__(self, crypto: Crypto, link: Link) -> None:
        self._crypto, self._invite_id = crypto, link.invite_id
        self._prk = crypto.hkdf_extract(b"mls-chat invite v1", link.secret)

    def _derive(self, purpose: str, length: int = 32) -> bytes:
        return self._crypto.hkdf_expand(self._prk, statement(purpose, self._invite_id), length)

    @property
    def access_key(self) -> bytes:
        return self._derive("access")

    @property
    def access_hash(self) -> bytes:
        return hashlib.sha256(self.access_key).digest()

    def _aead_key(self, purpose: str) -> bytes:
        return self._derive(purpose, self._crypto.aead_key_size)

    def seal(self, purpose: str, data: bytes) -> bytes:
        return seal(self._crypto, self._aead_key(purpose), data, statement(purpose, self._invite_id))

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """Raises LinkRefused."""
        try:
            return unseal(self._crypto, self._aead_key(purpose), sealed, statement(purpose, self._invite_id))
        except SealBroken as error:
            raise LinkRefused("the link's secret does not open this") from error

    def join_mac(self, user_id: str, device_id: str, key_package: bytes) -> bytes:
        """Binds a joiner's key package to the link: a server can't substitute its own."""
        bound = statement("join", self._invite_id, user_id, device_id, hashlib.sha256(key_package).digest())
        return hmac.digest(self._derive("join mac"), bound, "sha256")

    def welcome_mac(self, device_id: str, welcome: bytes) -> bytes:
        """Binds the Welcome to the link: a server can't lead the joiner into a group of its own."""
        bound = statement("welcome", self._invite_id, device_id, hashlib.sha256(welcome).digest())
        return hmac.digest(self._derive("welcome mac"), bound, "sha256")


def same_mac(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)
