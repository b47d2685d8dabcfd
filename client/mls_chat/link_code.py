"""The code by which a new device is linked, what the other device makes of it, and what is sealed between them.

Thirty characters: the first twenty are the hash of the new device's offer, so that no server can put in another; the
last ten are a secret that no server sees, so that the answer comes from whoever has read the code.
"""

import hashlib
from typing import Final

import msgspec

from mls_chat.identity import statement
from mls_chat.recovery_code import ALPHABET, READ_AS, grouped
from mls_chat.sealing import SealBroken, open_sealed, seal_to
from mls_chat.wire.decoding import decoded
from mls_chat.wire.nesting import check_msgpack
from mls_rs_python import Crypto, UsageError

OFFER_CHARS: Final = 20
SECRET_CHARS: Final = 10
CHARS: Final = OFFER_CHARS + SECRET_CHARS
PREFIX: Final = "link="
"""In front of the code in the fragment of a link, as the QR code has it."""


class LinkCodeRefused(Exception):
    """What was entered is no such code, or what the server gave does not belong to it; the text says which."""


class Offer(msgspec.Struct):
    """A new device, and the key that the answer is sealed to."""

    v: int
    seal_key: bytes
    device_id: str
    device_public_key: bytes
    device_name: str


class Answer(msgspec.Struct):
    """What the new device needs to be one of the account's. `backup_secret_key` empty: no history from the backup;
    `history_since` is Unix milliseconds."""

    v: int
    user_id: str
    account_public_key: bytes
    name: str
    credential: bytes
    storage_key: bytes
    backup_public_key: bytes
    backup_secret_key: bytes
    history_since: int
    vault_generation: int
    code_saved: bool


_offer: Final = msgspec.msgpack.Decoder(Offer)
_answer: Final = msgspec.msgpack.Decoder(Answer)


def offer_code(offer: bytes) -> str:
    """The twenty characters by which the server knows it."""
    number = int.from_bytes(hashlib.sha256(b"mls-chat link v1" + offer).digest(), "big") >> (256 - 5 * OFFER_CHARS)
    return "".join(ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(OFFER_CHARS)))


def new_link_code(crypto: Crypto, offer: bytes) -> str:
    """In groups, as it is shown."""
    secret = "".join(ALPHABET[byte & 31] for byte in crypto.random_bytes(SECRET_CHARS))
    return grouped(offer_code(offer) + secret)


def read_link_code(entered: str) -> tuple[str, str]:
    """The offer's part and the secret, also from the text of the QR code. Raises LinkCodeRefused."""
    _, link, rest = entered.rpartition("#" + PREFIX)
    if "://" in entered and not link:
        raise LinkCodeRefused("This is not the code of a new device. Scan or enter the one that it shows.")
    code = rest.upper().translate(READ_AS)
    wrong = sorted(set(code) - set(ALPHABET))
    if wrong:
        raise LinkCodeRefused(f"Such a code has no “{wrong[0]}”. Look at it again.")
    if len(code) != CHARS:
        raise LinkCodeRefused(f"Such a code has {CHARS} characters, this one has {len(code)}.")
    return code[:OFFER_CHARS], code[OFFER_CHARS:]


def read_offer(code: str, data: bytes) -> Offer:
    """Raises LinkCodeRefused where it is not the one that the code stands for."""
    if offer_code(data) != code:
        raise LinkCodeRefused("The server shows another device than the one with this code. Do not trust this server.")
    try:
        check_msgpack(data)
        offer = decoded(_offer.decode, data)
    except msgspec.DecodeError as error:
        raise LinkCodeRefused("The other device uses a newer version of mls-chat. Reload here to update.") from error
    if offer.v != 1:
        raise LinkCodeRefused("The other device uses a newer version of mls-chat. Reload here to update.")
    return offer


def _psk(crypto: Crypto, secret: str) -> bytes:
    return crypto.hkdf_expand(crypto.hkdf_extract(b"mls-chat link v1", secret.encode()), b"answer", 32)


def seal_answer(crypto: Crypto, offer: Offer, code: str, secret: str, answer: Answer) -> bytes:
    """Raises LinkCodeRefused where nobody can seal to the offer's key."""
    return seal_answer_data(crypto, offer, code, secret, msgspec.msgpack.encode(answer))


def seal_answer_data(crypto: Crypto, offer: Offer, code: str, secret: str, data: bytes) -> bytes:
    """`data`: an encoded Answer. Raises LinkCodeRefused as `seal_answer` does."""
    aad = statement("mls-chat link v1", code)
    try:
        return seal_to(crypto, offer.seal_key, data, aad, _psk(crypto, secret))
    except UsageError as error:
        raise LinkCodeRefused("The other device's offer is damaged. Begin anew there.") from error


def open_answer(crypto: Crypto, secret_key: bytes, code: str, secret: str, sealed: bytes) -> Answer:
    """Raises LinkCodeRefused: it does not come from whoever has read the code."""
    try:
        data = open_sealed(crypto, secret_key, sealed, statement("mls-chat link v1", code), _psk(crypto, secret))
        check_msgpack(data)
        answer = decoded(_answer.decode, data)
    except (SealBroken, msgspec.DecodeError) as error:
        raise LinkCodeRefused("The answer does not come from your other device. Begin anew.") from error
    if answer.v != 1:
        raise LinkCodeRefused("The other device uses a newer version of mls-chat. Reload here to update.")
    return answer
