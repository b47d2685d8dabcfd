"""The service over real sockets and a real database: order, replay, echoes, acks, bells."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec

from database import Connection
from delivery_server import Door, Seed, running_service
from mls_chat.wire.frames import (
    Ack,
    Error,
    Subscribe,
    Subscribed,
)
from mls_chat.wire.records import StoredMessage


def numbers(messages: Iterable[StoredMessage]) -> list[int]:
    return [message.server_seq for message in messages]


async def test_a_message_is_answered_and_told_to_all_including_its_sender(door: Door, seed: Seed) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    async with door.client(alice, {group: 0}) as a, door.client(bob, {group: 0}) as b:
        send = await a.send(group, b"hello")
        sent = await a.sent(send)
        assert (sent.group_id, sent.client_seq, sent.server_seq) == (group, 1, 1)
        [echo], [heard] = await a.messages(group, 1), await b.messages(group, 1)
        assert echo == heard
        assert heard == StoredMessage(
            server_seq=1,
            server_time=sent.server_time,
            msg_kind="chat",
            epoch=0,
            user_id=alice.user_id,
            device_id=alice.device_id,
            message_id=send.message_id,
            mls_bytes=b"hello",
        )


async def test_subscribed_names_the_heads_and_refuses_each_group_by_itself(door: Door, seed: Seed) -> None:
    alice, bob = await seed.devices(2)
    mine, other = await seed.group(alice), await seed.group(bob)
    await seed.commit(mine, alice)
    unknown = "00000000-0000-4000-8000-000000000000"
    async with door.socket() as client:
        await client.tell(Subscribe(door.minter.token(alice), {mine: 1, other: 0, unknown: 0}))
        assert (await client.next(Subscribed)).groups == {mine: 1}
        for group in (other, unknown):
            refused = await client.next(Error, lambda error, group=group: error.group_id == group)  # type: ignore[misc]
            assert refused.code == "not_a_member"
        await client.tell(Subscribe(door.minter.token(alice), {mine: 2}))
        assert (await client.next(Error)).code == "bad_request"


async def test_three_sockets_and_concurrent_senders_see_the_same_log(door: Door, seed: Seed) -> None:
    devices = await seed.devices(3)
    groups = [await seed.group(*devices) for _ in range(4)]
    each = 40

    async with (
        door.client(devices[0], dict.fromkeys(groups, 0)) as a,
        door.client(devices[1], dict.fromkeys(groups, 0)) as b,
        door.client(devices[2], dict.fromkeys(groups, 0)) as c,
    ):
        clients = (a, b, c)
        await asyncio.gather(
            *(client.send(group, f"{n}".encode()) for client in clients for n in range(each) for group in groups)
        )
        for group in groups:
            logs = [await client.messages(group, 3 * each) for client in clients]
            assert numbers(logs[0]) == list(range(1, 3 * each + 1))
            assert logs[0] == logs[1] == logs[2]
            for device in devices:
                texts = [message.mls_bytes for message in logs[0] if message.device_id == device.device_id]
                assert sorted(texts) == sorted(b"%d" % n for n in range(each))


async def test_thirty_groups_with_equal_numbers(door: Door, seed: Seed) -> None:
    alice = await seed.device()
    groups = [await seed.group(alice) for _ in range(30)]
    async with door.client(alice, dict.fromkeys(groups, 0)) as client:
        for _ in range(5):
            for group in groups:
                await client.send(group, group.encode())
        for group in groups:
            messages = await client.messages(group, 5)
            assert numbers(messages) == [1, 2, 3, 4, 5]
            assert {message.mls_bytes for message in messages} == {group.encode()}


async def test_a_late_socket_catches_up_in_pages_while_others_write(delivery_dsn: str, seed: Seed, door: Door) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    limits = {"page_messages": 7, "deliver_bytes": 4000}
    async with running_service(delivery_dsn, door.minter, **limits) as small, small.client(alice, {group: 0}) as a:
        for _ in range(100):
            await a.send(group, bytes(300))
        await a.messages(group, 100)
        async with small.client(bob, {group: 40}) as b:
            for _ in range(100):
                await a.send(group, bytes(300))
            assert numbers(await b.messages(group, 160)) == list(range(41, 201))
            assert numbers(await a.messages(group, 200)) == list(range(1, 201))


async def test_a_rewound_subscription_starts_again_from_its_cursor(door: Door, seed: Seed) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    async with door.client(alice, {group: 0}) as client:
        for _ in range(5):
            await client.send(group)
        assert numbers(await client.messages(group, 5)) == [1, 2, 3, 4, 5]
        await client.tell(Subscribe(door.minter.token(alice), {group: 2}))
        await client.send(group)
        assert numbers(await client.messages(group, 9)) == [1, 2, 3, 4, 5, 3, 4, 5, 6]


async def test_a_send_repeated_ten_times_is_one_message(door: Door, seed: Seed) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    async with door.client(alice, {group: 0}) as client:
        send = await client.send(group)
        for _ in range(9):
            await client.tell(send)
        assert {(await client.sent(send)).server_seq for _ in range(10)} == {1}
        await client.sent(await client.send(group))
        assert numbers(await client.messages(group, 2)) == [1, 2]
        await client.tell(Subscribe(door.minter.token(alice), {group: 0}))
        await client.tell(msgspec.structs.replace(send, epoch=7))
        await client.sent(send)
        assert (await client.messages(group, 4))[2:] == client.delivered(group)[:2]


async def test_a_refused_send_says_which_and_why(door: Door, seed: Seed) -> None:
    alice, bob = await seed.devices(2)
    group, other = await seed.group(alice), await seed.group(bob)
    await seed.commit(group, alice)
    async with door.client(alice, {group: 1}) as client:
        cases: list[tuple[dict[str, Any], str, int | None]] = [
            ({"epoch": 0}, "stale_epoch", 1),
            ({"epoch": 2}, "future_epoch", 1),
            ({"msg_kind": "commit", "epoch": 1}, "not_a_commit", None),
            ({"mls_bytes": bytes(262145), "epoch": 1}, "message_too_large", None),
            ({"client_seq": 2**63}, "bad_request", None),
            ({"message_id": "x"}, "bad_request", None),
        ]
        for changes, code, epoch in cases:
            send = await client.send(group, **changes)
            error = await client.next(Error)
            assert (error.code, error.epoch) == (code, epoch)
            assert (error.group_id, error.message_id, error.client_seq) == (group, send.message_id, send.client_seq)
        await client.send(other)
        assert (await client.next(Error)).code == "not_a_member"
        assert (await client.sent(await client.send(group, epoch=1))).server_seq == 2


async def test_acks_reach_the_database_and_never_fall(
    delivery_dsn: str, seed: Seed, admin: Connection, door: Door
) -> None:
    alice, bob = await seed.devices(2)
    group, other = await seed.group(alice), await seed.group(bob)

    async def acked(device_id: str) -> int:
        value = await admin.fetchval("select max(acked_seq) from public.group_members where device_id = $1", device_id)
        assert isinstance(value, int)
        return value

    async with (
        running_service(delivery_dsn, door.minter, ack_every=0.01) as quick,
        quick.client(alice, {group: 0}) as a,
    ):
        for _ in range(3):
            await a.sent(await a.send(group))
        for told, expected in ((2, 2), (1, 2), (9, 3)):
            await a.tell(Ack(group, told))
            async with asyncio.timeout(10):
                while await acked(alice.device_id) != expected:
                    await asyncio.sleep(0)
        await a.tell(Ack(other, 1))
        assert (await a.next(Error)).code == "not_subscribed"
    assert await acked(alice.device_id) == 3
