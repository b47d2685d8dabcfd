"""What an account's devices seal for each other, and what its people type in: read behind the seal, and before it."""

from typing import Final

import msgspec

from backends import CRYPTO, NOW
from fuzzing.samples import samples
from fuzzing.target import Target
from mls_chat.account_log import START, DeviceLogBroken, check_log, device_log_statement, entry_digest
from mls_chat.backup_segments import (
    SEGMENT_VERSION,
    SavedGroup,
    SavedLine,
    Segment,
    SegmentRefused,
    open_segment,
    seal_segment_data,
)
from mls_chat.identity import user_id_of
from mls_chat.link_code import (
    Answer,
    LinkCodeRefused,
    Offer,
    new_link_code,
    offer_code,
    open_answer,
    read_link_code,
    read_offer,
    seal_answer_data,
)
from mls_chat.recovery_code import RecoveryCodeRefused, grouped, new_code, read_code
from mls_chat.vault import Vault, VaultBroken, open_vault, seal_vault_data
from mls_chat.wire.decoding import decoded
from mls_chat.wire.records import DeviceLogEntry

SECRET, PUBLIC = CRYPTO.generate_signature_key_pair()
USER: Final = user_id_of(PUBLIC)
KEY: Final = bytes(range(32))
_entries: Final = msgspec.json.Decoder(list[DeviceLogEntry])


def account_targets() -> list[Target]:
    return [_vault(), _segment(), _offer(), _answer(), _device_log(), _recovery_code(), _link_code()]


def _vault() -> Target:
    def open_(data: bytes) -> object:
        sealed = seal_vault_data(CRYPTO, KEY, USER, 1, data or b"\0")  # nobody can seal nothing
        return open_vault(CRYPTO, KEY, USER, PUBLIC, 1, sealed).name

    seeds = [
        msgspec.msgpack.encode(msgspec.structs.replace(vault, v=1, account_secret_key=SECRET))
        for vault in samples(Vault)
    ]
    return Target("vault", seeds, open_, (VaultBroken,), authentic=False)


def _segment() -> Target:
    def open_(data: bytes) -> object:
        sealed = seal_segment_data(CRYPTO, PUBLIC, KEY, USER, 1, 0, data or b"\0")
        return len(open_segment(CRYPTO, SECRET, KEY, USER, 1, 0, sealed).groups)

    line = SavedLine(1, 0, "text", NOW, USER, True, "id", "hello", "", "")
    groups = [SavedGroup("group", "Tea", NOW, [line, line])]
    seeds = [msgspec.msgpack.encode(Segment(SEGMENT_VERSION, 1, 0, {USER: "Ada"}, groups))]
    return Target("backup segment", seeds, open_, (SegmentRefused,), authentic=False)


def _offer() -> Target:
    def read(data: bytes) -> object:
        return read_offer(offer_code(data), data).device_name

    seeds = [msgspec.msgpack.encode(msgspec.structs.replace(offer, v=1)) for offer in samples(Offer)]
    return Target("link offer", seeds, read, (LinkCodeRefused,), authentic=False)


def _answer() -> Target:
    offer = Offer(1, PUBLIC, "device", PUBLIC, "Phone")

    def open_(data: bytes) -> object:
        sealed = seal_answer_data(CRYPTO, offer, "code", "secret", data or b"\0")
        return open_answer(CRYPTO, SECRET, "code", "secret", sealed).name

    seeds = [msgspec.msgpack.encode(msgspec.structs.replace(answer, v=1)) for answer in samples(Answer)]
    return Target("link answer", seeds, open_, (LinkCodeRefused,), authentic=False)


def _device_log() -> Target:
    def read(data: bytes) -> object:
        return check_log(CRYPTO, USER, PUBLIC, START, 0, decoded(_entries.decode, data))

    log: list[DeviceLogEntry] = []
    for number in (1, 2, 3):
        previous = entry_digest(USER, log[-1]) if log else START
        entry = DeviceLogEntry(
            number=number,
            previous=previous,
            change="add" if number < 3 else "revoke",
            device_id=f"{number % 2}",
            device_public_key=PUBLIC,
            made_at=NOW,
            signature=b"",
        )
        signature = CRYPTO.sign(SECRET, device_log_statement(USER, entry))
        log.append(msgspec.structs.replace(entry, signature=signature))
    seeds = [msgspec.json.encode(log), msgspec.json.encode(log[:1])]
    return Target("device log", seeds, read, (DeviceLogBroken, msgspec.DecodeError), authentic=False)


def _recovery_code() -> Target:
    """Whatever is read is a code, and is read again as it is shown."""

    def read(data: bytes) -> object:
        code = read_code(data.decode("utf-8", "replace"))
        assert read_code(grouped(code)) == code
        return len(code)

    seeds = [new_code(CRYPTO).encode() for _ in range(3)]
    return Target("recovery code", seeds, read, (RecoveryCodeRefused,), authentic=False)


def _link_code() -> Target:
    def read(data: bytes) -> object:
        return len(read_link_code(data.decode("utf-8", "replace"))[0])

    seeds = [new_link_code(CRYPTO, b"offer").encode(), b"https://chat.test/#link=" + b"0" * 30]
    return Target("link code", seeds, read, (LinkCodeRefused,), authentic=False)
