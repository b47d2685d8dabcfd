"""What others did, as connected devices hear of it: commits, removals, bells, signals, a second replica."""

import asyncio
from collections.abc import Iterable

from database import Connection
from delivery_server import Door, Seed, running_service
from mls_chat.wire.frames import (
    Error,
    InviteBell,
    Ping,
    Pong,
    Removed,
    SendSignal,
    Signal,
    Subscribe,
    WelcomeBell,
)
from mls_chat.wire.records import StoredMessage


def numbers(messages: Iterable[StoredMessage]) -> list[int]:
    return [message.server_seq for message in messages]


async def test_a_commit_of_the_functions_arrives_by_its_bell_between_messages(door: Door, seed: Seed) -> None:
    alice, bob, carol = await seed.devices(3)
    group = await seed.group(alice, bob)
    async with door.client(alice, {group: 0}) as a, door.client(bob, {group: 0}) as b:
        await a.sent(await a.send(group))
        await seed.commit(group, alice, added=[carol])
        await a.messages(group, 2)
        await a.sent(await a.send(group, epoch=1))
        log = await b.messages(group, 3)
        assert numbers(log) == [1, 2, 3]
        assert [message.msg_kind for message in log] == ["chat", "commit", "chat"]
        assert [device.device_id for device in log[1].added] == [carol.device_id]
        async with door.client(carol, {group: 0}) as c:
            assert numbers(await c.messages(group, 1)) == [3]


async def test_a_removed_device_hears_its_removal_and_then_silence(door: Door, seed: Seed) -> None:
    alice, bob = await seed.devices(2)
    group, both = await seed.group(alice, bob), await seed.group(alice, bob)
    groups = {group: 0, both: 0}
    async with door.client(alice, groups) as a, door.client(bob, groups) as b:
        await b.sent(await b.send(group))
        await seed.commit(group, alice, removed=[bob])
        assert (await b.next(Removed)).group_id == group
        await a.sent(await a.send(group, epoch=1))
        await a.tell(SendSignal(group, b"typing"))
        await b.tell(SendSignal(group, b"typing"))
        assert (await b.next(Error)).code == "not_subscribed"
        await b.send(group, epoch=1)
        assert (await b.next(Error)).code == "not_a_member"
        await a.sent(await a.send(both))
        await b.messages(both, 1)
        assert [m.removed for m in b.delivered(group)] == [[], [bob.device_id]]
        assert not [frame for frame in b.frames if isinstance(frame, Signal)]


async def test_a_device_removed_while_away_is_served_its_removal(door: Door, seed: Seed) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    await seed.commit(group, alice)
    await seed.commit(group, alice, removed=[bob])
    await seed.commit(group, alice)
    async with door.client(bob, {group: 0}) as b:
        await b.next(Removed)
        assert numbers(b.delivered(group)) == [1, 2]
        await b.tell(Subscribe(door.minter.token(bob), {group: 2}))
        assert (await b.next(Error)).code == "not_a_member"


async def test_bells_for_welcomes_and_invites(door: Door, seed: Seed) -> None:
    alice, bob, carol = await seed.devices(3)
    group = await seed.group(alice)
    async with door.client(alice, {group: 0}) as a, door.client(bob) as b, door.client(carol) as c:
        await seed.bell("invite", group_id=group)
        assert (await a.next(InviteBell)).group_id == group
        await seed.bell("welcome", device_id=bob.device_id, request_id="r", group_id=group)
        assert await b.next(WelcomeBell) == WelcomeBell("r", group)
        await c.tell(Ping(7))
        assert (await c.next(Pong)).timestamp == 7
        assert not c.frames


async def test_what_happened_while_no_bell_was_heard_is_looked_up(door: Door, seed: Seed, admin: Connection) -> None:
    alice, bob = await seed.devices(2)
    group, other = await seed.group(alice, bob), await seed.group(alice, bob)
    groups = {group: 0, other: 0}
    async with door.client(alice, groups) as a, door.client(bob, groups) as b:
        await seed.commit(group, alice, ring=False)
        await seed.commit(other, alice, removed=[bob], ring=False)
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'")
        assert numbers(await a.messages(group, 1)) == numbers(await a.messages(other, 1)) == [1]
        assert numbers(await b.messages(group, 1)) == [1]
        assert (await b.next(Removed)).group_id == other


async def test_an_unknown_bell_is_survived(door: Door, seed: Seed) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    async with door.client(alice, {group: 0}) as a:
        await seed.bell("nonsense", group_id=group)
        await seed.bell("messages", group_id=7)
        await seed.bell("invite", group_id=group)
        await a.next(InviteBell)


async def test_signals_are_relayed_not_stored_and_bounded(
    delivery_dsn: str, door: Door, seed: Seed, admin: Connection
) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    async with (
        running_service(delivery_dsn, door.minter, signals_per_second=0, signal_burst=3) as service,
        service.client(alice, {group: 0}) as a,
        service.client(bob, {group: 0}) as b,
    ):
        for _ in range(4):
            await a.tell(SendSignal(group, b"typing"))
        assert (await a.next(Error)).code == "rate_limited"
        for _ in range(3):
            assert await b.next(Signal) == Signal(group, alice.device_id, b"typing")
        await b.tell(SendSignal(group, bytes(16 * 1024 + 1)))
        assert (await b.next(Error)).code == "frame_too_large"
        assert not [frame for frame in (*a.frames, *b.frames) if isinstance(frame, Signal)]
    assert await admin.fetchval("select count(*) from public.messages where group_id = $1", group) == 0


async def test_two_services_tell_the_same_log(delivery_dsn: str, door: Door, seed: Seed) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    async with (
        running_service(delivery_dsn, door.minter) as other,
        door.client(alice, {group: 0}) as a,
        other.client(bob, {group: 0}) as b,
    ):
        await asyncio.gather(*(client.send(group) for _ in range(50) for client in (a, b)))
        logs = [await client.messages(group, 100) for client in (a, b)]
        assert numbers(logs[0]) == list(range(1, 101))
        assert logs[0] == logs[1]


async def test_connected_devices_are_seen(delivery_dsn: str, door: Door, seed: Seed, admin: Connection) -> None:
    alice = await seed.device()

    async def seen_ago() -> float:
        query = "select extract(epoch from now() - last_seen)::float8 from public.devices where device_id = $1"
        seconds = await admin.fetchval(query, alice.device_id)
        assert isinstance(seconds, float)
        return seconds

    assert await seen_ago() > 1000
    async with running_service(delivery_dsn, door.minter, presence_every=0.05) as service, service.client(alice):
        assert await seen_ago() < 60
        await admin.execute(
            "update public.devices set last_seen = now() - interval '1 day' where device_id = $1", alice.device_id
        )
        async with asyncio.timeout(10):
            while await seen_ago() > 60:
                await asyncio.sleep(0)
