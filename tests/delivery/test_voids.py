"""Withdrawn commits, rejoins and the bell for a GroupInfo as connected devices hear of them: by the real functions."""

from dataclasses import dataclass

import pytest
import pytest_asyncio

import sql_world
from database import Connection
from delivery.effects import Device
from delivery_server import Client, Door, Minter, Seed, running_service
from mls_chat.wire.frames import Ack, Error, GroupInfoBell, Ping, Pong, Removed, Subscribe, WelcomeBell
from mls_chat.wire.records import StoredMessage


@dataclass
class Functions:
    """What devices ask of the functions; committed at once, with its bells."""

    world: sql_world.World

    @staticmethod
    def _of(devices: tuple[Device, ...]) -> list[sql_world.Device]:
        return [sql_world.Device(*each) for each in devices]

    async def group(self, *devices: Device) -> str:
        """The first is the owner and has added the others at 1."""
        return await self.world.group(*self._of(devices))

    async def commit(
        self, device: Device, group_id: str, added: tuple[Device, ...] = (), removed: tuple[Device, ...] = ()
    ) -> int:
        changes = {"added": self._of(added), "removed": self._of(removed)}
        reply = await self.world.commit(sql_world.Device(*device), group_id, **changes)
        return int(reply["server_seq"])

    async def flag(self, device: Device, group_id: str, seq: int) -> int:
        return int((await self.world.flag(sql_world.Device(*device), group_id, seq))["void_seq"])

    async def call(self, device: Device, name: str, **arguments: object) -> sql_world.Json:
        return await self.world.call(sql_world.Device(*device), name, **arguments)


@pytest_asyncio.fixture
async def functions(admin: Connection) -> Functions:
    return Functions(sql_world.World(admin))


def told(log: list[StoredMessage]) -> list[tuple[int, str, int]]:
    return [(each.server_seq, each.msg_kind, each.epoch) for each in log]


async def subscribe(door: Door, client: Client, device: Device, group_id: str, since: int) -> None:
    await client.tell(Subscribe(door.minter.token(device), {group_id: since}))


async def test_a_void_is_told_in_its_place_live_and_from_the_cursor(
    door: Door, seed: Seed, functions: Functions
) -> None:
    alice, bob, carol = await seed.devices(3)
    group = await functions.group(alice, bob, carol)
    async with door.client(alice, {group: 1}) as a, door.client(bob, {group: 1}) as b:
        bad = await functions.commit(alice, group)
        await b.messages(group, 1)
        await a.sent(await a.send(group, epoch=2))
        await functions.flag(bob, group, bad)
        await functions.commit(bob, group)
        log = await b.messages(group, 4)
        assert told(log) == [(2, "commit", 1), (3, "chat", 2), (4, "void", 1), (5, "commit", 1)]
        void = log[2]
        assert (void.voids, void.mls_bytes, void.user_id, void.device_id) == (2, b"", bob.user_id, bob.device_id)
        assert [each.voids for each in log if each.msg_kind != "void"] == [None] * 3
        assert await a.messages(group, 4) == log
        async with door.client(carol, {group: 1}) as c:
            assert await c.messages(group, 4) == log
        async with door.client(carol, {group: 3}) as c:
            assert await c.messages(group, 2) == log[2:]


async def test_a_sender_that_went_ahead_is_told_the_epoch_that_is_open(
    door: Door, seed: Seed, functions: Functions
) -> None:
    alice, bob = await seed.devices(2)
    group = await functions.group(alice, bob)
    async with door.client(alice, {group: 1}) as a:
        await functions.flag(bob, group, await functions.commit(alice, group))
        late = await a.send(group, epoch=2)
        refused = await a.next(Error)
        assert (refused.code, refused.epoch, refused.message_id) == ("future_epoch", 1, late.message_id)
        assert (await a.sent(await a.send(group, epoch=1))).server_seq == 4


async def test_a_newcomer_whose_admission_is_withdrawn_hears_removed(
    door: Door, seed: Seed, functions: Functions
) -> None:
    alice, bob, carol = await seed.devices(3)
    group = await functions.group(alice, bob)
    bad = await functions.commit(alice, group, added=(carol,))
    async with door.client(alice, {group: 2}) as a, door.client(carol, {group: 2}) as c:
        await a.sent(await a.send(group, epoch=2))
        await c.messages(group, 1)
        await functions.flag(bob, group, bad)
        assert (await c.next(Removed)).group_id == group
        await a.messages(group, 2)
        await a.sent(await a.send(group, epoch=1))
        await subscribe(door, c, carol, group, 2)
        assert (await c.next(Error)).code == "not_a_member"
        assert told(c.delivered(group)) == [(3, "chat", 2)]


async def test_a_device_whose_removal_is_withdrawn_comes_back_with_its_cursor(
    door: Door, seed: Seed, functions: Functions
) -> None:
    alice, bob, carol = await seed.devices(3)
    group = await functions.group(alice, bob, carol)
    async with door.client(carol, {group: 1}) as c:
        bad = await functions.commit(alice, group, removed=(carol,))
        await c.next(Removed)
        await functions.flag(bob, group, bad)
        await subscribe(door, c, carol, group, 2)
        await c.sent(await c.send(group, epoch=1))
        assert told(await c.messages(group, 3)) == [(2, "commit", 1), (3, "void", 1), (4, "chat", 1)]


async def test_an_acknowledgement_over_the_channel_confirms_a_commit(
    delivery_dsn: str, minter: Minter, seed: Seed, functions: Functions
) -> None:
    alice, bob, carol = await seed.devices(3)
    group = await functions.group(alice, bob, carol)
    async with running_service(delivery_dsn, minter) as door, door.client(carol, {group: 1}) as c:
        bad = await functions.commit(alice, group)
        await c.messages(group, 1)
        await c.tell(Ack(group, bad))
        await c.tell(Ping(1))
        await c.next(Pong)
    # the service has written what it knew before it ended
    with pytest.raises(sql_world.RefusedError, match="commit_confirmed"):
        await functions.flag(bob, group, bad)


async def test_a_joiner_is_rung_when_its_way_in_was_taken_back(door: Door, seed: Seed, functions: Functions) -> None:
    alice, bob, carol = await seed.devices(3)
    group = await functions.group(alice, bob)
    joiner = sql_world.Device(*carol)
    invite = await functions.world.invite(sql_world.Device(*alice), group)
    request = await functions.world.join(joiner, invite)
    async with door.client(carol) as c:
        await functions.call(alice, "invite_claim", request_id=request)
        commit = await functions.world.commit_of(group, added=[joiner])
        await functions.call(alice, "invite_complete", request_id=request, **commit)
        assert await c.next(WelcomeBell) == WelcomeBell(request, group)
        await functions.flag(bob, group, 2)
        assert await c.next(WelcomeBell) == WelcomeBell(request, group)


async def test_the_connected_members_are_asked_for_a_group_info(door: Door, seed: Seed, functions: Functions) -> None:
    alice, bob, carol = await seed.devices(3)
    group, other = await functions.group(alice, bob), await functions.group(carol)
    async with door.client(alice, {group: 1}) as a, door.client(carol, {other: 0}) as c:
        await functions.call(bob, "group_info_get", group_id=group)
        assert await a.next(GroupInfoBell) == GroupInfoBell(group)
        await functions.call(alice, "group_info_put", group_id=group, epoch=1, group_info=b"info")
        await functions.call(bob, "group_info_get", group_id=group)
        await functions.commit(alice, group)
        await a.messages(group, 1)
        await c.tell(Ping(1))
        await c.next(Pong)
        assert not [frame for frame in (*a.frames, *c.frames) if isinstance(frame, GroupInfoBell)]


async def test_a_rejoin_leaves_the_subscription_of_its_device_as_it_is(
    door: Door, seed: Seed, functions: Functions
) -> None:
    alice, bob = await seed.devices(2)
    group = await functions.group(alice, bob)
    async with door.client(alice, {group: 1}) as a, door.client(bob, {group: 1}) as b:
        await functions.world.rejoin(sql_world.Device(*bob), group)
        await b.sent(await b.send(group, epoch=2))
        log = await b.messages(group, 2)
        assert told(log) == [(2, "commit", 1), (3, "chat", 2)]
        assert (log[0].removed, [each.device_id for each in log[0].added]) == ([bob.device_id], [bob.device_id])
        assert await a.messages(group, 2) == log
        assert not [frame for frame in b.frames if isinstance(frame, Removed)]
