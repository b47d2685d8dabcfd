"""The account as its owner has it open: begun, ended and closed as one."""

from collections.abc import Callable

import pytest

from desk import Desk, Disk
from mls_chat.browser.opened_account import OpenedAccount
from mls_chat.events import NameEntered
from mls_chat.ports import StorageClosed, StorageFailed, StorageLost


class FencedDisk(Disk):
    def __init__(self) -> None:
        super().__init__()
        self.generation, self.is_closed = 3, False
        self.closed: Callable[[StorageClosed], None] = lambda _: None

    def close(self) -> None:
        self.is_closed = True


def opened() -> tuple[Desk, FencedDisk, OpenedAccount]:
    desk, disk = Desk(), FencedDisk()
    disk.rows = desk.disk.rows
    return desk, disk, OpenedAccount(disk, desk.runner)


async def test_closing_ends_the_runner_and_the_storage() -> None:
    desk, disk, account = opened()
    await account.start()
    account.post(NameEntered(name="Ada"))
    await desk.settle()
    await account.settled()
    assert (account.generation, desk.device_id in desk.server.sockets) == (3, True)
    assert any(timer.live for timer in desk.clock.timers)
    await account.close()
    assert disk.is_closed
    assert desk.device_id not in desk.server.sockets
    assert not any(timer.live for timer in desk.clock.timers)


async def test_a_start_that_fails_leaves_nothing_open() -> None:
    desk, disk, account = opened()
    desk.disk.failures.append(OSError("the disk is gone"))
    with pytest.raises(StorageFailed, match="the disk is gone"):
        await account.start()
    assert disk.is_closed


async def test_it_says_why_it_ended() -> None:
    desk, disk, account = opened()
    await account.start()
    disk.closed(StorageClosed("removed"))
    assert str(await account.ended()) == "removed"
    await account.close()
    desk, _, account = opened()
    await account.start()
    desk.disk.failures.append(StorageLost("another tab"))
    account.post(NameEntered(name="Ada"))
    assert isinstance(await account.ended(), StorageLost)
    await account.close()
