"""What it costs to make a message or a commit durable: bytes handed to the storage, and the engine's time."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Final

from tests.bench.groups import Cost, MeasuredDevice, Pair, group_of
from tests.bench.report import report

from desk import Desk
from mls_chat import events
from mls_chat.effects import Write
from mls_chat.runner import BATCH
from mls_chat.view import ChatsView

SIZES: Final = (2, 50, 500)
MESSAGES: Final = 40
COMMITS: Final = 7
BURSTS: Final = 5
TEXT: Final = "A line of usual length, as people write them in a chat. {:04d}"

Writes = Sequence[Write]
Samples = dict[str, dict[int, Writes]]
"""`message` and `burst`, by size of the group: the rows of one transaction, for those who measure real storages."""


def measure() -> Samples:
    samples: Samples = {"message": {}, "burst": {}}
    for size in SIZES:
        pair = group_of(size)
        _messages(pair, "own_message_unconfirmed")  # nobody else has written since the last commit, which is Ada's
        pair.ben.say(pair.group_id, "Now the commit stands for good.")
        samples["message"][size] = _messages(pair, "own_message", "message")
        samples["burst"][size] = asyncio.run(_bursts(pair))
        _commits(pair)
    return samples


def _messages(pair: Pair, own_name: str, name: str = "") -> Writes:
    """Ada writes, Ben reads. Hers is all from typing to the echo in the log. Returns what one message writes at his."""
    own, received = [], []
    for number in range(MESSAGES):
        _clear(pair)
        pair.ada.say(pair.group_id, TEXT.format(number))
        own.append(_sum(pair.ada.costs))
        received.append(_sum(pair.ben.costs))
    [writes] = [cost.step.writes for cost in pair.ben.costs if cost.step.writes]
    assert pair.ben.texts(pair.group_id)[-1] == TEXT.format(MESSAGES - 1)
    assert pair.ada.states(pair.group_id)[-1] == "sent"
    _report(pair, own_name, own)
    if name:
        _report(pair, name, received)
    return _last(writes)


def _commits(pair: Pair) -> None:
    """Renames: Ben's device takes in Ada's. Hers is all from the wish to the merge."""
    own, received = [], []
    for number in range(COMMITS):
        name = f"Bench {number}"
        _clear(pair)
        pair.ada.do(events.RenameRequested(group_id=pair.group_id, name=name))
        own.append(_sum(pair.ada.costs))
        received.append(_sum(pair.ben.costs))
        assert _name(pair.ada) == _name(pair.ben) == name
    _report(pair, "commit", received)
    _report(pair, "own_commit", own)


async def _bursts(pair: Pair) -> Writes:
    """As many texts as one batch takes, one frame each, wait in the queue of Ben's runner together."""
    desk = Desk()
    desk.server, desk.clock.time, desk.disk.rows = pair.world.server, pair.world.now, dict(pair.ben.rows)
    await desk.start()
    await desk.post(events.ChatOpened(group_id=pair.group_id))
    sizes, times, last = [], [], list[Write]()
    for _ in range(BURSTS):
        for number in range(BATCH):
            pair.ada.say(pair.group_id, TEXT.format(number))
        before, begun = len(desk.disk.commits), time.process_time()
        await desk.runner.settled()
        times.append((time.process_time() - begun) * 1000 / BATCH)
        [commit] = desk.disk.commits[before:]
        last = list(_last(commit))
        assert sum(write.table == "lines" for write in last) == BATCH
        sizes.append(sum(len(write.value or b"") for write in last) / BATCH)
        await desk.settle()
    await desk.runner.stop()
    pair.ben.start()
    report(f"save_bytes_per_message_burst_{pair.members}", statistics.median(sizes), "bytes")
    report(f"save_ms_per_message_burst_{pair.members}", statistics.median(times), "ms")
    return last


def _clear(pair: Pair) -> None:
    pair.ada.costs.clear()
    pair.ben.costs.clear()


def _sum(costs: Sequence[Cost]) -> tuple[float, int]:
    return sum(cost.ms for cost in costs), sum(cost.written for cost in costs)


def _report(pair: Pair, what: str, sums: Sequence[tuple[float, int]]) -> None:
    report(f"save_bytes_per_{what}_{pair.members}", statistics.median(written for _, written in sums), "bytes")
    report(f"save_ms_per_{what}_{pair.members}", statistics.median(ms for ms, _ in sums), "ms")


def _last(writes: Writes) -> Writes:
    """As every storage does it: the last write of each row wins."""
    return list({(write.table, write.key): write for write in writes}.values())


def _name(device: MeasuredDevice) -> str:
    return device.last(ChatsView).chats[0].name
