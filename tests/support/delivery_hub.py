"""A hub with sockets, what it is given, and what it says to them."""

from collections.abc import Iterable

import msgspec

from delivery.effects import Device, Effect, Read, Tell, Window
from delivery.hub import Hub
from mls_chat.wire.frames import Deliver
from mls_chat.wire.records import StoredMessage

ALICE, BOB, CAROL = (Device(f"user-{name}", f"device-{name}") for name in "abc")
MEMBER = Window(0, None)


def stored(*seqs: int, size: int = 1) -> list[StoredMessage]:
    plain = {"server_time": 0, "msg_kind": "chat", "epoch": 0, "user_id": "u", "device_id": "d", "message_id": "m"}
    return [msgspec.convert({**plain, "server_seq": seq, "mls_bytes": bytes(size)}, StoredMessage) for seq in seqs]


def told(effects: Iterable[Effect]) -> list[tuple[tuple[int, ...], str, list[int]]]:
    """Sockets, group and numbers of each deliver frame."""
    return [
        (effect.sockets, effect.frame.group_id, [message.server_seq for message in effect.frame.messages])
        for effect in effects
        if isinstance(effect, Tell) and isinstance(effect.frame, Deliver)
    ]


def reads(effects: Iterable[Effect]) -> list[Read]:
    return [effect for effect in effects if isinstance(effect, Read)]


def hub_with(*devices: Device, groups: Iterable[str] = ("g",), head: int = 0, most_bytes: int = 1000) -> Hub:
    """Sockets 1, 2, … of these devices, level with the head of all groups."""
    hub = Hub(most_bytes)
    for socket, device in enumerate(devices, 1):
        hub.connect(socket, device)
        for group in groups:
            assert hub.subscribe(socket, group, head, head) == []
    return hub


def batch(hub: Hub, group: str, *seqs: int, size: int = 1) -> list[Effect]:
    hub.batch_begins([group])
    return hub.batch_ends({group: stored(*seqs, size=size)})
