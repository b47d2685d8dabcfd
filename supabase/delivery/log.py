"""The ordered log: what this service may ask of the database, as role mls_chat_delivery."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import asyncpg

from delivery.effects import Device, Page, Read, Window
from delivery.errors import RefusedError, UnavailableError
from mls_chat.wire.frames import Send
from mls_chat.wire.records import AddedDevice, StoredMessage

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = Pool = object

CONNECTIONS: Final = 8
"""Three of them are never used for reading: a storm of readers must not hold up the writer."""
COMMAND_SECONDS: Final = 10
CONNECT_SECONDS: Final = 5
PASSING_CLASSES: Final = ("08", "40", "53", "55", "57", "58")
"""SQLSTATE classes that say: not now (connection, rollback, resources, locks, operator, system)."""


class Verdict(NamedTuple):
    """What became of one sent message."""

    server_seq: int | None
    server_time: int | None
    repeated: bool
    error_code: str | None
    error_epoch: int | None


class Standing(NamedTuple):
    """Where a device stands in a group."""

    head_seq: int
    joined_seq: int
    left_seq: int | None


class Log:
    """Raises UnavailableError when the database does not answer, RefusedError when it refuses."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: Pool | None = None
        self._readers = asyncio.Semaphore(CONNECTIONS - 3)

    async def open(self) -> None:
        """Connects on demand: a database that is down now may be up later."""
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=CONNECTIONS,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            server_settings={"application_name": "mls-chat-delivery", "lock_timeout": "5s"},
        )

    async def close(self) -> None:
        if self._pool is not None:
            self._pool.terminate()

    async def append(self, entries: Sequence[tuple[Device, Send]]) -> list[Verdict]:
        """Numbers and stores the messages; one verdict each, in order."""
        async with self._connection() as connection:
            rows = await connection.fetch(
                "select * from private.messages_append($1, $2, $3, $4, $5, $6, $7, $8, true) order by ord",
                [device.user_id for device, _ in entries],
                [device.device_id for device, _ in entries],
                [send.group_id for _, send in entries],
                [send.message_id for _, send in entries],
                [send.client_seq for _, send in entries],
                [send.msg_kind for _, send in entries],
                [send.epoch for _, send in entries],
                [send.mls_bytes for _, send in entries],
            )
        return [Verdict(*tuple(row)[1:]) for row in rows]

    async def read(self, read: Read, most_messages: int, most_bytes: int) -> Page:
        """The page that the hub asked for, with its readers' windows, in one snapshot."""
        readers = list(read.readers)
        async with self._readers, self._connection() as connection:
            rows = await connection.fetch(
                "select * from private.log_read($1, $2, $3, $4, $5, $6)",
                read.group_id,
                [device.user_id for device in readers],
                [device.device_id for device in readers],
                read.since,
                most_messages,
                most_bytes,
            )
        windows = {str(row["reader"]): Window(row["joined_seq"], row["left_seq"]) for row in rows if row["reader"]}
        head = max((row["head_seq"] for row in rows if row["reader"]), default=0)
        return Page(head, windows, [_message(row) for row in rows if not row["reader"]])

    async def check(self, device: Device, group_ids: Iterable[str]) -> dict[str, Standing]:
        """The groups among these that the device is or was in. Raises RefusedError for a device that is not live."""
        async with self._readers, self._connection() as connection:
            rows = await connection.fetch("select * from private.subscribe_check($1, $2, $3)", *device, list(group_ids))
        return {str(row["group_id"]): Standing(row["head_seq"], row["joined_seq"], row["left_seq"]) for row in rows}

    async def heads(self, group_ids: Iterable[str]) -> dict[str, int]:
        async with self._connection() as connection:
            rows = await connection.fetch("select * from private.log_heads($1)", list(group_ids))
        return {str(row["group_id"]): row["head_seq"] for row in rows}

    async def seen(self, device_ids: Iterable[str]) -> set[str]:
        """Marks connected devices as seen; returns those that are live."""
        async with self._connection() as connection:
            rows = await connection.fetch("select private.devices_seen($1) as device_id", list(device_ids))
        return {str(row["device_id"]) for row in rows}

    async def ack(self, acks: Mapping[tuple[Device, str], int]) -> None:
        """`acks`: device and group to the newest number processed there."""
        async with self._connection() as connection:
            await connection.execute(
                "select private.ack($1, $2, $3, $4)",
                [device.user_id for device, _ in acks],
                [device.device_id for device, _ in acks],
                [group_id for _, group_id in acks],
                list(acks.values()),
            )

    async def answers(self) -> bool:
        try:
            async with self._connection() as connection:
                await connection.execute("select")
        except UnavailableError:
            return False
        return True

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        if self._pool is None:
            raise RuntimeError("Log.open comes first")
        try:
            async with self._pool.acquire(timeout=CONNECT_SECONDS) as connection:
                yield connection
        except asyncpg.PostgresError as error:
            code = error.sqlstate or ""
            if code.startswith("PT"):
                raise RefusedError(str(error.args[0]), error.detail) from error
            if code[:2] in PASSING_CLASSES:
                raise UnavailableError(error) from error
            raise
        except (OSError, asyncpg.InterfaceError, TimeoutError) as error:
            if isinstance(error, ValueError):  # an argument that the driver cannot encode: ours to mend
                raise
            raise UnavailableError(error) from error


def _message(row: asyncpg.Record) -> StoredMessage:
    return StoredMessage(
        server_seq=row["server_seq"],
        server_time=row["server_time"],
        msg_kind=row["msg_kind"],
        epoch=row["epoch"],
        user_id=row["user_id"],
        device_id=str(row["device_id"]),
        message_id=str(row["message_id"]),
        mls_bytes=row["mls_bytes"],
        added=[AddedDevice(**device) for device in json.loads(row["added"] or "[]")],
        removed=json.loads(row["removed"] or "[]"),
        voids=row["voids"],
    )
