"""What the service refuses at its door and on its sockets, and how it ends them."""

import asyncio
import http.client
import random
import time
from contextlib import suppress
from typing import Any

import jwt
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from database import Connection
from delivery_server import ISSUER, ORIGIN, Client, Door, Minter, Seed, running_service
from mls_chat.wire import ClientFrame, encode
from mls_chat.wire.frames import Auth, Error, Ping, Pong, Send, Subscribe, Subscribed


async def refused(client: Client, code: str) -> Error:
    error = await client.next(Error)
    assert error.code == code
    return error


# The door


async def test_a_foreign_page_is_refused(door: Door) -> None:
    for origin in ("http://evil.test", "http://page.test.evil.test", "null"):
        with pytest.raises(InvalidStatus) as refusal:
            async with door.socket(origin=origin):
                raise AssertionError("admitted")
        assert refusal.value.response.status_code == 403


async def test_our_page_and_native_clients_are_admitted(door: Door) -> None:
    for options in ({"origin": ORIGIN}, {}):
        async with door.socket(**options) as client:
            await client.tell(Ping(1))
            await client.next(Pong)


@pytest.mark.parametrize("path", ["/", "/delivery", "/delivery/v1/", "/delivery/v2", "/delivery/v1?token=x"])
async def test_other_paths_are_not_found(door: Door, path: str) -> None:
    def status() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
        connection.request("GET", path)
        return connection.getresponse().status

    assert await asyncio.to_thread(status) == 404


async def test_compression_is_not_negotiated(door: Door) -> None:
    async with door.socket(compression="deflate") as client:
        assert client.websocket.response is not None
        assert "Sec-WebSocket-Extensions" not in client.websocket.response.headers


# Tokens


def forgeries(device: Any, minter: Minter) -> dict[str, str]:
    stranger = Minter()
    now = int(time.time())
    claims = {"sub": device.user_id, "device_id": device.device_id, "role": "authenticated", "aud": "authenticated"}
    claims |= {"iss": ISSUER, "iat": now, "exp": now + 900}
    public = str(minter.jwks["keys"][0])
    head, body, signature = minter.token(device).split(".")
    return {
        "empty": "",
        "no token": "x.y.z",
        "too long": "x" * 5000,
        "no algorithm": jwt.encode(claims, "", algorithm="none", headers={"kid": "test"}),
        "public key as secret": jwt.encode(claims, public, algorithm="HS256", headers={"kid": "test"}),
        "another key under our kid": stranger.token(device),
        "unknown kid": Minter("other").token(device),
        "other audience": minter.token(device, aud="anon"),
        "other project": minter.token(device, iss="http://other.test/auth/v1"),
        "other role": minter.token(device, role="service_role"),
        "no device": minter.token(device, device_id=None),
        "odd device": minter.token(device, device_id=["x"]),
        "no subject": minter.token(device, sub=None),
        "odd subject": minter.token(device, sub="' or true --"),
        "no expiry": minter.token(device, exp=None),
        "from the future": minter.token(device, iat=now + 3600),
        "cut signature": f"{head}.{body}.{signature[:-4]}",
        "changed body": f"{head}.{body[:-2]}AA.{signature}",
    }


async def test_forged_tokens_are_invalid_all_alike(delivery_dsn: str, minter: Minter, seed: Seed) -> None:
    device = await seed.device()
    group = await seed.group(device)
    async with running_service(delivery_dsn, minter, strikes=1000) as door, door.socket() as client:
        messages = set()
        for name, token in forgeries(device, minter).items():
            await client.tell(Subscribe(token, {group: 0}))
            error = await client.next(Error)
            assert error.code == "token_invalid", name
            messages.add(error.message)
        assert len(messages) <= 5
        await client.tell(Subscribe(minter.token(device, seconds=-60), {group: 0}))
        await refused(client, "token_expired")
        await client.tell(Send(group, "00000000-0000-4000-8000-000000000000", 1, "chat", 0, b"x"))
        await refused(client, "unauthenticated")
        assert not client.frames


async def test_a_device_that_is_unknown_or_revoked_is_shown_out(door: Door, seed: Seed, admin: Connection) -> None:
    known, revoked = await seed.devices(2)
    await admin.execute("update public.devices set revoked_at = now() where device_id = $1", revoked.device_id)
    unknown = known._replace(device_id="00000000-0000-4000-8000-000000000000")
    anothers = known._replace(device_id=revoked.device_id)
    for device, code in ((unknown, "device_unknown"), (anothers, "device_unknown"), (revoked, "device_revoked")):
        async with door.socket() as client:
            await client.tell(Subscribe(door.minter.token(device), {}))
            await refused(client, code)
            assert await client.closed() == 4403


async def test_a_socket_stays_with_its_device(door: Door, seed: Seed) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(bob)
    async with door.client(alice) as client:
        await client.tell(Subscribe(door.minter.token(bob), {group: 0}))
        await refused(client, "token_invalid")
        await client.tell(Auth(door.minter.token(bob)))
        await refused(client, "token_invalid")
        await client.tell(Subscribe(door.minter.token(alice), {group: 0}))
        assert (await client.next(Subscribed)).groups == {}


async def test_a_token_that_runs_out_ends_the_socket_unless_it_is_renewed(
    delivery_dsn: str, minter: Minter, seed: Seed
) -> None:
    alice, bob = await seed.devices(2)
    async with (
        running_service(delivery_dsn, minter, token_grace=0.2) as door,
        door.socket() as renewing,
        door.socket() as idle,
    ):
        for client, device in ((renewing, alice), (idle, bob)):
            await client.tell(Subscribe(minter.token(device, seconds=1), {}))
            await client.next(Subscribed)
        await refused(renewing, "token_expired")
        await renewing.tell(Auth(minter.token(alice)))
        assert await idle.closed() == 4401
        assert [frame.code for frame in idle.frames if isinstance(frame, Error)] == ["token_expired"] * 2
        await renewing.tell(Ping(1))
        await renewing.next(Pong)


async def test_a_revoked_devices_sockets_are_closed(door: Door, seed: Seed, admin: Connection) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    async with door.client(alice, {group: 0}) as one, door.client(alice) as two:
        await admin.execute("update public.devices set revoked_at = now() where device_id = $1", alice.device_id)
        await one.send(group)
        await refused(one, "device_revoked")
        await seed.bell("revoked", device_id=alice.device_id)
        assert [await client.closed() for client in (one, two)] == [4403, 4403]


async def test_a_revocation_whose_bell_was_lost_is_found_out(
    delivery_dsn: str, minter: Minter, seed: Seed, admin: Connection
) -> None:
    alice = await seed.device()
    async with running_service(delivery_dsn, minter, presence_every=0.05) as door, door.client(alice) as client:
        await admin.execute("update public.devices set revoked_at = now() where device_id = $1", alice.device_id)
        assert await client.closed() == 4403


# Frames


async def test_a_socket_must_subscribe_in_time(delivery_dsn: str, minter: Minter) -> None:
    async with running_service(delivery_dsn, minter, subscribe_within=0.05) as door, door.socket() as client:
        assert await client.closed() == 4401
        await refused(client, "unauthenticated")


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"\x80", b"\x93" * 5000, "text", encode(Error("x", "y")), b"\x81\xa4type"]
)
async def test_three_invalid_frames_end_the_socket(door: Door, seed: Seed, data: bytes | str) -> None:
    async with door.client(await seed.device()) as client:
        for _ in range(3):
            await client.websocket.send(data)
            await refused(client, "frame_invalid")
        assert await client.closed() == 4400


async def test_random_bytes_never_harm_the_service(delivery_dsn: str, minter: Minter, seed: Seed) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    dice = random.Random(1)
    frames: list[ClientFrame] = [
        Subscribe(minter.token(alice), {group: 0}),
        Send(group, group, 1, "chat", 0, b"x"),
        Ping(1),
    ]
    async with running_service(delivery_dsn, minter, strikes=10**6) as door, door.client(alice, {group: 0}) as client:
        for _ in range(400):
            data = bytearray(encode(dice.choice(frames)))
            for _ in range(dice.randint(1, 4)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            await client.websocket.send(bytes(data))
        await client.tell(Ping(4242))
        await client.next(Pong, lambda pong: pong.timestamp == 4242)


async def test_fields_out_of_bounds_are_refused_by_name(door: Door, seed: Seed) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    token = door.minter.token(alice)
    many = {f"00000000-0000-4000-8000-{number:012x}": 0 for number in range(1001)}
    async with door.client(alice, {group: 0}) as client:
        for groups in (many, {"x": 0}, {group.upper(): 0}, {group: -1}, {group: 2**63}, {f"{group}' or true": 0}):
            await client.tell(Subscribe(token, groups))
            assert (await refused(client, "bad_request")).message.startswith("groups:")
        many.popitem()
        await client.tell(Subscribe(token, many))
        assert (await client.next(Subscribed)).groups == {}


async def test_a_frame_beyond_the_bound_ends_the_socket(door: Door, seed: Seed) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    async with door.client(alice, {group: 0}) as client:
        with suppress(ConnectionClosed):  # the service may hang up before all of it was written
            await client.send(group, bytes(512 * 1024))
        assert await client.closed() == 1009
        assert not client.frames
    await door.until_journal_says("frame_too_large")
