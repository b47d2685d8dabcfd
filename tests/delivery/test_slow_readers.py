"""Readers that stop, pause or are merely slow: bounded memory, nothing lost, nobody else disturbed."""

import pytest

from delivery_server import Client, Minter, Seed, running_service
from mls_chat.wire.frames import Error, Subscribe, Subscribed


async def refused(client: Client, code: str) -> Error:
    error = await client.next(Error)
    assert error.code == code
    return error


@pytest.mark.parametrize(
    "limits",
    [{"slow_patience": 0.3, "buffer_bytes": 2**40}, {"congested_bytes": 2**40, "buffer_bytes": 2**20}],
    ids=["without progress", "full buffer"],
)
async def test_a_reader_that_stops_is_closed_and_comes_back_without_loss(
    delivery_dsn: str, minter: Minter, seed: Seed, limits: dict[str, float]
) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    count = 80
    async with (
        running_service(delivery_dsn, minter, **limits) as door,
        door.client(alice, {group: 0}) as a,
    ):
        async with door.socket(max_queue=1) as b:
            await b.tell(Subscribe(minter.token(bob), {group: 0}))
            await b.next(Subscribed)
            b.websocket.transport.pause_reading()
            for _ in range(count):
                await a.send(group, bytes(200_000))
            await a.messages(group, count)
            await door.until_journal_says("slow_reader")
            b.websocket.transport.resume_reading()
            assert await b.closed() == 4408
            await refused(b, "slow_reader")
            heard = [message.server_seq for message in b.delivered(group)]
            assert heard == list(range(1, len(heard) + 1))
            assert len(heard) < count
        async with door.client(bob, {group: len(heard)}) as again:
            missed = await again.messages(group, count - len(heard))
            assert [message.server_seq for message in missed] == list(range(len(heard) + 1, count + 1))


async def test_a_reader_that_pauses_falls_behind_and_is_caught_up(
    delivery_dsn: str, minter: Minter, seed: Seed
) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    count = 80
    async with (
        running_service(delivery_dsn, minter, buffer_bytes=2**21) as door,
        door.client(alice, {group: 0}) as a,
        door.client(bob, {group: 0}, max_queue=1) as b,
    ):
        b.websocket.transport.pause_reading()
        for _ in range(count):
            await a.send(group, bytes(200_000))
        await a.messages(group, count)
        assert len(b.delivered(group)) < count
        b.websocket.transport.resume_reading()
        assert [message.server_seq for message in await b.messages(group, count)] == list(range(1, count + 1))


async def test_a_slow_reader_of_a_long_log_is_not_flooded(delivery_dsn: str, minter: Minter, seed: Seed) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    count = 60
    async with running_service(delivery_dsn, minter, buffer_bytes=1024 * 1024) as door:
        async with door.client(alice, {group: 0}) as a:
            for _ in range(count):
                await a.send(group, bytes(200_000))
            await a.messages(group, count)
        async with door.client(bob, {group: 0}, max_queue=1) as b:
            assert [message.server_seq for message in await b.messages(group, count)] == list(range(1, count + 1))
