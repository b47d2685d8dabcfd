"""The bells: LISTEN on a connection of its own, for what other replicas and the functions have stored."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import asyncpg
import msgspec

from delivery.errors import UnavailableError
from delivery.journal import Journal
from delivery.log import CONNECT_SECONDS

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = object

CHANNEL: Final = "mls_chat"
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
PROBE_SECONDS: Final = 15.0
"""A connection that lost its peer in silence is found out after this."""


class _Bell(msgspec.Struct, tag_field="kind"):
    pass


class MessagesBell(_Bell, tag="messages"):
    group_id: str
    head_seq: int


class MembersBell(_Bell, tag="members"):
    group_id: str
    removed: list[str] = []
    added: list[str] = []


class WelcomeRung(_Bell, tag="welcome"):
    device_id: str
    request_id: str
    group_id: str


class InviteRung(_Bell, tag="invite"):
    group_id: str


class GroupInfoRung(_Bell, tag="group_info"):
    group_id: str


class DevicesRung(_Bell, tag="devices"):
    """One of several when the account is in many groups."""

    user_id: str
    group_ids: list[str] = []


class RevokedBell(_Bell, tag="revoked"):
    device_id: str


Bell = MessagesBell | MembersBell | WelcomeRung | InviteRung | GroupInfoRung | DevicesRung | RevokedBell
_decoder: Final[msgspec.json.Decoder[Bell]] = msgspec.json.Decoder(Bell)


class Bus:
    """Calls `heard` for each bell in order, and `restored` whenever bells may have been missed."""

    def __init__(
        self, dsn: str, heard: Callable[[Bell], None], restored: Callable[[], Awaitable[None]], journal: Journal
    ) -> None:
        self._dsn, self._heard, self._restored, self._journal = dsn, heard, restored, journal
        self._listening = asyncio.Event()

    @property
    def listening(self) -> bool:
        return self._listening.is_set()

    async def until_listening(self) -> None:
        await self._listening.wait()

    async def run(self) -> None:
        """Until cancelled; comes back by itself."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, UnavailableError, TimeoutError) as error:
                self._journal.error("bus_lost", error)
            pause = FIRST_PAUSE if self.listening else min(pause * 2, LONGEST_PAUSE)
            self._listening.clear()
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        connection: Connection = await asyncpg.connect(
            self._dsn, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS
        )
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, self._ring)
            await self._restored()
            self._listening.set()
            self._journal.event("bus_listening")
            while not lost.is_set():
                try:
                    async with asyncio.timeout(PROBE_SECONDS):
                        await lost.wait()
                except TimeoutError:
                    await connection.execute("select")
            raise UnavailableError(ConnectionResetError())
        finally:
            connection.terminate()

    def _ring(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        try:
            bell = _decoder.decode(str(payload))
        except msgspec.MsgspecError as error:
            self._journal.error("bell_unknown", error)
            return
        self._heard(bell)
