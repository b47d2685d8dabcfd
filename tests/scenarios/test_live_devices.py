"""Several devices of one person on the real stack: signed in, revoked, lost and restored while the chat goes on."""

import shutil
from pathlib import Path

import pytest

from mls_chat.native import account
from mls_chat.native.app import NativeClient
from mls_chat.native.errors import CommandFailed
from people import Crowd, texts

pytestmark = pytest.mark.timeout(120)


async def another_device(crowd: Crowd, name: str, first: NativeClient) -> NativeClient:
    code = await account.recovery_code(first)
    device = await crowd.arrive_unknown(name)
    await account.sign_in(device, code)
    return device


async def in_group(device: NativeClient, group_id: str) -> None:
    def active(board: object) -> bool | None:
        return any(chat.group_id == group_id and chat.state == "active" for chat in device.board.chats) or None

    await device.wait("coming into the group", active)


async def test_a_second_device_has_the_chats_and_the_history(crowd: Crowd) -> None:
    group_id, (ann, ben) = await crowd.group("Devices", "Ann", "Ben")
    await ben.send(group_id, "before")
    laptop = await another_device(crowd, "laptop", ann)
    await in_group(laptop, group_id)
    await account.history_fetched(laptop)
    await laptop.send(group_id, "from the laptop")
    assert await texts(ben, group_id, 2) == ["before", "from the laptop"]
    assert await texts(ann, group_id, 2) == ["before", "from the laptop"]
    assert await texts(laptop, group_id, 2) == ["before", "from the laptop"]
    assert [each.this for each in await account.devices(laptop)] == [True, False]


async def test_a_revoked_device_is_out_at_once_and_gets_its_texts_back(crowd: Crowd) -> None:
    group_id, (ann, ben) = await crowd.group("Revoked", "Ann", "Ben")
    laptop = await another_device(crowd, "laptop", ann)
    await in_group(laptop, group_id)
    await laptop.send(group_id, "still in")
    revoked = await account.revoke(ann, account.device_name())
    assert revoked.revoked is False  # as it was listed before
    await laptop.wait("being put out", lambda board: board.session.stage == "revoked" or None)
    await ben.send(group_id, "without it")
    assert await texts(ann, group_id, 2) == ["still in", "without it"]
    await ben.member_count(group_id)
    await ben.wait("the leaf to be gone", lambda board: _devices(ben) == 2 or None)


def _devices(client: NativeClient) -> int:
    members = client.board.members
    return sum(member.devices for member in members.members) if members else 0


async def test_all_devices_lost_and_everything_back(crowd: Crowd, tmp_path: Path) -> None:
    group_id, (ann, ben) = await crowd.group("Lost", "Ann", "Ben")
    await ann.send(group_id, "one")
    await ben.send(group_id, "two")
    code = await account.recovery_code(ann)
    await crowd.leave("Ann")
    shutil.rmtree(tmp_path / "Ann")
    phone = await crowd.arrive_unknown("phone")
    with pytest.raises(CommandFailed, match="wrong"):
        await account.sign_in(phone, code[:-1] + ("0" if code[-1] != "0" else "1"))
    await account.sign_in(phone, code)
    await in_group(phone, group_id)
    await ben.send(group_id, "three")
    assert (await texts(phone, group_id, 1))[-1] == "three"
    await phone.send(group_id, "back")
    assert (await texts(ben, group_id, 4)) == ["one", "two", "three", "back"]
