"""What a member or a server could do by hand, and what a device makes of it."""

from typing import Any

import msgspec

from mls_chat.envelope import Text, seal_envelope
from mls_chat.records import LineRecord
from mls_chat.wire.bodies import Commit
from world import Device

MESSAGE_ID = "00000000-0000-4000-9000-0000000000aa"


def ciphertext(device: Device, group_id: str, text: str, message_id: str = MESSAGE_ID) -> bytes:
    """Made by hand; the device knows it for its own should it come back."""
    with device.mls(group_id) as group:
        data = group.encrypt(seal_envelope(message_id, 1, Text(text)))
    device.engine._parts.outbox.remember_sent(data)
    return data


def verdicts(device: Device, group_id: str) -> list[str]:
    """Of all lines, in order, each problem's key."""
    lines = [line for line in device.records(LineRecord) if line.group_id == group_id and line.line == "problem"]
    return [line.what for line in sorted(lines, key=lambda line: line.order)]


def goes_on(ada: Device, bob: Device, group_id: str) -> None:
    before = bob.texts(group_id)
    ada.say(group_id, "and on")
    bob.say(group_id, "it goes")
    assert bob.texts(group_id) == [*before, "and on", "it goes"]
    assert ada.texts(group_id)[-2:] == ["and on", "it goes"]
    assert ada.authenticator(group_id) == bob.authenticator(group_id)


def forge(ada: Device, group_id: str, data: bytes, **lies: Any) -> None:
    ada.world.server.forge(group_id, ada.device_id, data, **lies)
    ada.world.run()


def rotate(device: Device, group_id: str, number: int = 0, **changes: Any) -> Commit:
    """A commit by hand, pending on its device; merged when the log brings it back."""
    with device.mls(group_id) as group:
        output, epoch = group.commit(now=device.world.now // 1000), group.epoch
    message_id = f"00000000-0000-4000-9000-{number:012d}"
    body = Commit(group_id=group_id, message_id=message_id, epoch=epoch, mls_bytes=output.commit)
    return msgspec.structs.replace(body, **changes)
