"""The service as a process: killed, restarted, stopped; and the database going away under it."""

import asyncio
import http.client
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage

from database import Connection, running_postgres
from delivery.effects import Device
from delivery_server import ISSUER, ORIGIN, Client, Door, Minter, Seed, running_service
from mls_chat.wire.frames import Error, Send, Sent
from stack.delivery import Delivery
from stack.errors import ServiceFailedError
from stack.migrations import migrate
from stack.ports import free_ports
from stack.postgres import Postgres


@pytest.fixture
def service(delivery_dsn: str, minter: Minter, tmp_path: Path) -> Iterator[Delivery]:
    service = Delivery(tmp_path, free_ports(1)[0], delivery_dsn, minter.jwks, ISSUER, [ORIGIN])
    service.start()
    yield service
    service.stop()


def events(service: Delivery) -> list[dict[str, object]]:
    return [json.loads(line) for line in service.child.log.read_text().splitlines()]


@asynccontextmanager
async def stubborn(door: Door, device: Device, groups: dict[str, int]) -> AsyncIterator[Client]:
    """A subscribed socket, as soon as the service is there."""
    async with asyncio.timeout(20):
        while True:
            try:
                async with door.client(device, groups) as client:
                    yield client
                    return
            except (OSError, InvalidMessage):
                await asyncio.sleep(0)


async def write_all(door: Door, device: Device, group: str, count: int) -> None:
    """Sends `count` messages one after the other and repeats each, over new sockets, until it is answered."""
    sends = [Send(group, str(uuid.uuid4()), number, "chat", 0, b"%d" % number) for number in range(1, count + 1)]
    while sends:
        try:
            async with stubborn(door, device, {group: 0}) as client:
                while sends:
                    await client.tell(sends[0])
                    await client.sent(sends[0])
                    sends.pop(0)
        except (ConnectionClosed, AssertionError):
            continue


async def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_twice(
    service: Delivery, seed: Seed, minter: Minter
) -> None:
    alice, bob, carol = await seed.devices(3)
    group = await seed.group(alice, bob, carol)
    door = Door(service.port, minter)
    count = 150
    writers = [asyncio.create_task(write_all(door, device, group, count)) for device in (alice, bob)]
    async with stubborn(door, carol, {group: 0}) as c:
        for kill_at in (30, 90):
            await watch_until(door, carol, group, kill_at)
            service.child.kill()
            service.start()
        await c.closed()
    await asyncio.gather(*writers)
    async with stubborn(door, carol, {group: 0}) as c:
        log = await c.messages(group, 2 * count)
    assert [message.server_seq for message in log] == list(range(1, 2 * count + 1))
    for device in (alice, bob):
        texts = [message.mls_bytes for message in log if message.device_id == device.device_id]
        assert texts == [b"%d" % number for number in range(1, count + 1)]


async def watch_until(door: Door, device: Device, group: str, seq: int) -> None:
    async with stubborn(door, device, {group: 0}) as client:
        await client.messages(group, seq)


async def test_asked_to_stop_it_stores_what_it_took_and_sends_everybody_away(
    service: Delivery, seed: Seed, minter: Minter
) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    door = Door(service.port, minter)
    async with door.client(alice, {group: 0}) as client:
        sends = [await client.send(group) for _ in range(50)]
        await client.sent(sends[0])
        began = time.monotonic()
        await asyncio.to_thread(service.stop)
        assert time.monotonic() - began < 3
        assert await client.closed() == 1012
        assert [frame.code for frame in client.frames if isinstance(frame, Error)] == ["channel_closed"]
        answered = 1 + sum(isinstance(frame, Sent) for frame in client.frames)
        assert len(client.delivered(group)) == answered
    assert [event["event"] for event in events(service)] == ["started", "bus_listening", "stopped"]


async def test_a_batch_that_runs_when_it_is_asked_to_stop_is_stored_and_answered(
    service: Delivery, seed: Seed, minter: Minter, admin: Connection
) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    async with Door(service.port, minter).client(alice, {group: 0}) as client:
        async with admin.transaction():
            await admin.execute("select from public.groups where id = $1 for update", group)
            send = await client.send(group)
            while not await admin.fetchval("select exists (select from pg_locks where not granted)"):
                await asyncio.sleep(0)
            stopping = asyncio.create_task(asyncio.to_thread(service.stop))
            while await still_listens(service.port):
                await asyncio.sleep(0)
        assert (await client.sent(send)).server_seq == 1
        await client.messages(group, 1)
        assert await client.closed() == 1012
        await stopping


async def still_listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_it_says_whether_it_is_well(service: Delivery) -> None:
    def status() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
        connection.request("GET", "/healthz")
        return connection.getresponse().status

    assert await asyncio.to_thread(status) == 200


async def test_without_its_settings_it_does_not_start(tmp_path: Path, minter: Minter) -> None:
    for dsn, jwks in (("", minter.jwks), ("postgresql://x", {"keys": []})):
        service = Delivery(tmp_path, free_ports(1)[0], dsn, jwks, ISSUER, [])
        with pytest.raises(ServiceFailedError, match="MLS_CHAT_"):
            service.start()


@asynccontextmanager
async def own_postgres() -> AsyncIterator[Postgres]:
    """A server that a test may stop."""
    with running_postgres() as server:
        await migrate(server.dsn("postgres"))
        server.set_passwords()
        yield server


async def test_a_database_that_goes_away_and_comes_back(minter: Minter) -> None:
    async with own_postgres() as postgres, running_service(postgres.dsn("mls_chat_delivery"), minter) as door:
        admin = await asyncpg.connect(postgres.dsn("supabase_admin"))
        seed = Seed(admin)
        alice, bob = await seed.devices(2)
        group = await seed.group(alice, bob)
        await admin.close()
        async with door.client(alice, {group: 0}) as a, door.client(bob, {group: 0}) as b:
            await a.sent(await a.send(group))
            await asyncio.to_thread(postgres.stop)
            send = await a.send(group)
            error = await a.next(Error)
            assert (error.code, error.message_id) == ("unavailable", send.message_id)
            await asyncio.to_thread(postgres.start)
            admin = await asyncpg.connect(postgres.dsn("supabase_admin"))
            foreign = await Seed(admin).commit(group, alice)  # its bell may find nobody listening
            await admin.close()
            assert foreign == 2
            assert [message.server_seq for message in await b.messages(group, 2)] == [1, 2]
            await a.tell(send)
            assert (await a.next(Error)).code == "stale_epoch"
            await a.sent(await a.send(group, epoch=1))
            assert [message.server_seq for message in await b.messages(group, 3)] == [1, 2, 3]
