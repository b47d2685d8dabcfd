"""The delivery service under test, rows and tokens for it, and a client that keeps what it hears."""

import asyncio
import base64
import hashlib
import io
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from database import Connection
from delivery.effects import Device
from delivery.journal import Journal
from delivery.server import Server
from delivery.settings import PATH, Limits, Settings
from mls_chat.wire import ClientFrame, ServerFrame, decode_server, encode
from mls_chat.wire.frames import Deliver, Send, Sent, Subscribe, Subscribed
from mls_chat.wire.records import StoredMessage

ISSUER: Final = "http://127.0.0.1/auth/v1"
ORIGIN: Final = "http://page.test"
PATIENCE: Final = 10.0
Frame = TypeVar("Frame", bound=msgspec.Struct)


class Minter:
    """Signs tokens as auth_login does."""

    def __init__(self, kid: str = "test") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._kid = kid

    @property
    def jwks(self) -> dict[str, Any]:
        public = jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self._kid, "alg": "ES256", "use": "sig"}]}

    def token(self, device: Device, seconds: float = 900, **changes: Any) -> str:
        """`changes` replace claims; None leaves one out."""
        now = int(time.time())
        claims = {
            "sub": device.user_id,
            "device_id": device.device_id,
            "role": "authenticated",
            "aud": "authenticated",
            "iss": ISSUER,
            "iat": now,
            "exp": now + int(seconds),
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self._kid})


class Seed:
    """Rows that the functions would make, by SQL as superuser."""

    def __init__(self, admin: Connection) -> None:
        self._admin = admin

    async def device(self) -> Device:
        """A new account with one device."""
        key = os.urandom(32)
        user_id = base64.urlsafe_b64encode(hashlib.sha256(key).digest()).rstrip(b"=").decode()
        device = Device(user_id, str(uuid.uuid4()))
        await self._admin.execute("insert into public.accounts (user_id, public_key) values ($1, $2)", user_id, key)
        await self._admin.execute(
            "insert into public.devices (device_id, user_id, public_key, credential, last_seen)"
            " values ($1, $2, $3, 'x', now() - interval '1 hour')",
            device.device_id,
            user_id,
            key,
        )
        return device

    async def devices(self, count: int) -> list[Device]:
        return [await self.device() for _ in range(count)]

    async def group(self, *members: Device, group_id: str | None = None) -> str:
        """A group at epoch 0 with these members from the start."""
        group_id = group_id or str(uuid.uuid4())
        await self._admin.execute(
            "insert into public.groups (id, created_by) values ($1, $2)", group_id, members[0].device_id
        )
        for member in members:
            await self._member(group_id, member, 0)
        return group_id

    async def commit(
        self,
        group_id: str,
        sender: Device,
        added: Iterable[Device] = (),
        removed: Iterable[Device] = (),
        ring: bool = True,
    ) -> int:
        """What send_commit does; returns its number. `ring=False`: its bells are lost."""
        added, removed = list(added), list(removed)
        async with self._admin.transaction():
            seq, epoch = await self._next(group_id)
            await self._admin.execute(
                "insert into public.messages (group_id, server_seq, msg_kind, epoch, user_id, device_id, message_id,"
                " mls_bytes, added, removed) values ($1, $2, 'commit', $3, $4, $5, gen_random_uuid(), 'commit',"
                " $6::text::jsonb, $7::text::jsonb)",
                group_id,
                seq,
                epoch - 1,
                *sender,
                msgspec.json.encode([device._asdict() for device in added]).decode(),
                msgspec.json.encode([device.device_id for device in removed]).decode(),
            )
            for device in added:
                await self._member(group_id, device, seq)
            await self._admin.execute(
                "update public.group_members set left_seq = $2 where group_id = $1 and device_id = any ($3)",
                group_id,
                seq,
                [device.device_id for device in removed],
            )
            if ring:
                await self.bell("messages", group_id=group_id, head_seq=seq)
            if ring and (added or removed):
                await self.bell(
                    "members",
                    group_id=group_id,
                    removed=[device.device_id for device in removed],
                    added=[device.device_id for device in added],
                )
        return seq

    async def bell(self, kind: str, **facts: Any) -> None:
        payload = msgspec.json.encode({"kind": kind, **facts}).decode()
        await self._admin.execute("select pg_notify('mls_chat', $1)", payload)

    async def _next(self, group_id: str) -> tuple[int, int]:
        row = await self._admin.fetchrow(
            "update public.groups set seq = seq + 1, epoch = epoch + 1 where id = $1 returning seq, epoch", group_id
        )
        assert row is not None
        return row["seq"], row["epoch"]

    async def _member(self, group_id: str, device: Device, joined_seq: int) -> None:
        await self._admin.execute(
            "insert into public.group_members (group_id, user_id, device_id, joined_seq) values ($1, $2, $3, $4)"
            " on conflict (group_id, device_id) do update set joined_seq = excluded.joined_seq, left_seq = null",
            group_id,
            *device,
            joined_seq,
        )


class Client:
    """A device's socket. Frames are kept in the order of their arrival; every wait has an end."""

    def __init__(self, websocket: ClientConnection) -> None:
        self.websocket = websocket
        self.frames: list[ServerFrame] = []
        self._arrived = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())
        self._client_seq = 0

    async def tell(self, frame: ClientFrame) -> None:
        await self.websocket.send(encode(frame))

    async def send(self, group_id: str, mls_bytes: bytes = b"x", **changes: Any) -> Send:
        """A new message, not awaited."""
        self._client_seq += 1
        fields = {"message_id": str(uuid.uuid4()), "client_seq": self._client_seq, "msg_kind": "chat", "epoch": 0}
        frame = Send(group_id=group_id, mls_bytes=mls_bytes, **{**fields, **changes})
        await self.tell(frame)
        return frame

    async def next(self, kind: type[Frame], matches: Callable[[Frame], bool] = lambda _: True) -> Frame:
        """The first frame of the kind that matches and was not taken before."""
        found: list[Frame] = []

        def take() -> bool:
            for index, frame in enumerate(self.frames):
                if isinstance(frame, kind) and matches(frame):
                    found.append(frame)
                    del self.frames[index]
                    return True
            return False

        await self.until(take)
        return found[0]

    async def messages(self, group_id: str, count: int) -> list[StoredMessage]:
        """Everything delivered of the group, once it is at least `count` messages; leaves them in place."""
        await self.until(lambda: len(self.delivered(group_id)) >= count)
        return self.delivered(group_id)

    def delivered(self, group_id: str) -> list[StoredMessage]:
        frames = [frame for frame in self.frames if isinstance(frame, Deliver) and frame.group_id == group_id]
        return [message for frame in frames for message in frame.messages]

    async def sent(self, send: Send) -> Sent:
        return await self.next(Sent, lambda frame: frame.message_id == send.message_id)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns when `holds` does; it is asked after each frame and not again once it was true."""
        held = False

        def settled() -> bool:
            nonlocal held
            held = holds()
            return held or self._reader.done()

        async with asyncio.timeout(PATIENCE), self._arrived:
            await self._arrived.wait_for(settled)
        assert held, f"the socket ended with {self.websocket.close_code} {self.websocket.close_reason}"

    async def closed(self) -> int | None:
        """Waits for the service to end the socket; its close code."""
        async with asyncio.timeout(PATIENCE):
            await self.websocket.wait_closed()
            await self._reader
        return self.websocket.close_code

    async def close(self) -> None:
        await self.websocket.close()
        await self._reader

    async def _read(self) -> None:
        """Until the socket has ended; how it did is asked of `closed`."""
        try:
            async for data in self.websocket:
                assert isinstance(data, bytes)
                self.frames.append(decode_server(data))
                async with self._arrived:
                    self._arrived.notify_all()
        except ConnectionClosed:
            return
        finally:
            async with self._arrived:
                self._arrived.notify_all()


class Door:
    """A running service seen from outside."""

    def __init__(self, port: int, minter: Minter, journal: io.StringIO | None = None) -> None:
        self.port, self.minter = port, minter
        self._journal = journal or io.StringIO()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}{PATH}"

    async def until_journal_says(self, word: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while word not in self._journal.getvalue():
                await asyncio.sleep(0)

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[Client]:
        """A socket that has not subscribed."""
        options = {"max_size": None, "compression": None, "proxy": None, **options}
        client = Client(await connect(self.url, **options))
        try:
            yield client
        finally:
            await client.close()

    @asynccontextmanager
    async def client(
        self, device: Device, groups: dict[str, int] | None = None, **options: Any
    ) -> AsyncIterator[Client]:
        """A subscribed socket."""
        async with self.socket(**options) as client:
            await client.tell(Subscribe(self.minter.token(device), groups or {}))
            await client.next(Subscribed)
            yield client


@asynccontextmanager
async def running_service(dsn: str, minter: Minter, **limits: Any) -> AsyncIterator[Door]:
    """The service in this process, with other limits where a test cannot wait for the real ones."""
    settings = Settings(dsn, minter.jwks, ISSUER, (ORIGIN,), limits=Limits(**limits))
    lines = io.StringIO()
    server = Server(settings, Journal(lines))
    await server.start()
    try:
        await server.until_listening()
        yield Door(server.port, minter, lines)
    finally:
        await server.stop()
