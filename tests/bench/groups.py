"""Real MLS groups of any size around two devices with real engines, each step of which is measured.

Nothing waits in an engine, so its time is the processor's, which others on the machine lengthen least.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from backends import CRYPTO, device_keys
from fake_ledger import Group
from fake_server import FakeServer
from mls_chat import events
from mls_chat.backend import Backend
from mls_chat.effects import Row, Step
from mls_chat.engine import Engine
from mls_chat.identity import read_credential
from mls_chat.wire.bodies import Commit
from mls_chat.wire.records import AddedDevice, StoredMessage, WelcomeFor
from world import ORIGIN, Device, World

ADDED_AT_ONCE: Final = 100
"""A commit changes at most 150 devices."""
HOUR: Final = 3600
Guest = tuple[AddedDevice, bytes]
"""A device, and its key package."""


@dataclass(frozen=True)
class Cost:
    """Of one step: how long the engine took, and the rows that it writes."""

    ms: float
    step: Step

    @property
    def written(self) -> int:
        return sum(len(write.value or b"") for write in self.step.writes)


class QuickServer(FakeServer):
    """Knows its messages by id, for logs of many thousands."""

    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(now)
        self._by_id: dict[tuple[str, str], StoredMessage] = {}
        self._indexed: Counter[int] = Counter()

    def _known(self, group: Group, device: str, message_id: str) -> StoredMessage | None:
        for message in group.log[self._indexed[id(group)] :]:
            self._by_id[message.device_id, message.message_id] = message
        self._indexed[id(group)] = group.head
        return self._by_id.get((device, message_id))


class MeasuredEngine(Engine):
    def __init__(self, rows: list[Row], costs: list[Cost]) -> None:
        super().__init__(rows, ORIGIN)
        self._costs = costs

    def handle(self, event: events.Event, now: int) -> Step:
        begun = time.process_time()
        step = super().handle(event, now)
        self._costs.append(Cost((time.process_time() - begun) * 1000, step))
        return step


class MeasuredDevice(Device):
    def __init__(self, world: World, name: str) -> None:
        self.costs: list[Cost] = []
        super().__init__(world)
        self.do(events.NameEntered(name=name))

    def build(self, rows: list[Row]) -> Engine:
        return MeasuredEngine(rows, self.costs)


@dataclass(frozen=True)
class Pair:
    """Ada and Ben, connected, the chat opened, in a group of `members` devices."""

    world: World
    ada: MeasuredDevice
    ben: MeasuredDevice
    group_id: str
    members: int


def group_of(members: int) -> Pair:
    """All but two are leaves of the tree alone, added by commits that both engines follow; nobody else wrote yet."""
    world = World()
    world.server = QuickServer(lambda: world.now)
    ada, ben = MeasuredDevice(world, "Ada"), MeasuredDevice(world, "Ben")
    group_id = ada.create_group("Bench")
    ben.join(ada.invite(group_id))
    ben.do(events.ChatOpened(group_id=group_id))
    guests = [_guest(world, number) for number in range(members - 2)]
    for start in range(0, len(guests), ADDED_AT_ONCE):
        _add(ada, group_id, guests[start : start + ADDED_AT_ONCE])
    with ben.mls(group_id) as group:
        assert len(group.members()) == members
    return Pair(world, ada, ben, group_id, members)


def _guest(world: World, number: int) -> Guest:
    keys = device_keys(number)
    identity = read_credential(CRYPTO, keys.credential, keys.public_key)
    world.server.devices[identity.device_id] = identity.user_id
    package = Backend(CRYPTO, keys).generate_key_package(now=world.now // 1000, lifetime=HOUR)
    return AddedDevice(user_id=identity.user_id, device_id=identity.device_id), package.data


def _add(ada: MeasuredDevice, group_id: str, guests: list[Guest]) -> None:
    with ada.mls(group_id) as group:
        epoch = group.epoch
        output = group.commit(now=ada.world.now // 1000, add=[package for _, package in guests])
    assert output.welcome is not None
    body = Commit(
        group_id=group_id,
        message_id=str(uuid.uuid4()),
        epoch=epoch,
        mls_bytes=output.commit,
        added=[device for device, _ in guests],
        welcomes=[WelcomeFor(device_id=device.device_id, welcome=output.welcome) for device, _ in guests],
    )
    ada.ask("send_commit", body)
    ada.world.run()
