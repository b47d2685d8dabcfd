"""The delivery channel's life: open, subscribe from the cursors, ping, come back with back-off."""

from typing import Final, Literal

from mls_chat.backoff import pause_ms
from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.effects import CloseChannel, OpenChannel, SendFrame
from mls_chat.records import GroupRecord
from mls_chat.view import ConnectionView
from mls_chat.wire.frames import Ack, Auth, ClientFrame, Ping, Subscribe, encode

BACKOFF_BASE_MS: Final = 250
BACKOFF_CAP_MS: Final = 30_000
PING_MS: Final = 30_000
WAKE_PING_MS: Final = 5_000
OFFLINE_AFTER: Final = 4
"""Failed attempts in a row until the status says Offline."""

Status = Literal["connected", "connecting", "offline"]


class Connection:
    def __init__(self, context: Context, calls: Calls) -> None:
        self._context, self._calls = context, calls
        self._channel: Literal["closed", "opening", "open", "subscribed"] = "closed"
        self._online, self._attempts, self._heard, self._shown = True, 0, True, ""

    @property
    def is_subscribed(self) -> bool:
        return self._channel == "subscribed"

    @property
    def status(self) -> Status:
        if not self._online or (self._channel == "closed" and self._attempts >= OFFLINE_AFTER):
            return "offline"
        return "connected" if self._channel == "subscribed" else "connecting"

    def show(self) -> None:
        if (status := self.status) != self._shown:
            self._shown = status
            self._context.show(ConnectionView(status=status))

    def show_to(self, tab: str) -> None:
        self._context.show(ConnectionView(status=self.status), tab)

    def token_changed(self, token: str) -> None:
        if self._channel in ("open", "subscribed"):
            self._send(Auth(auth=token))
        else:
            self.connect()

    def connect(self) -> None:
        if self._channel == "closed" and self._calls.token is not None and self._online:
            self._channel = "opening"
            self._context.emit(OpenChannel())
        elif self._calls.token is None:
            self._calls.want_token()

    def opened(self) -> None:
        if self._channel != "opening":
            return
        self._channel, self._heard = "open", True
        groups = [g for g in self._context.journal.all(GroupRecord) if g.state == "active"]
        self._subscribe(groups)
        self._context.later("ping", PING_MS)

    def _subscribe(self, groups: list[GroupRecord]) -> None:
        if self._calls.token is None:
            self.restart()
            return
        self._send(Subscribe(auth=self._calls.token, groups={g.group_id: g.cursor for g in groups}))

    def subscribed(self) -> bool:
        """Whether this is the first answer on this connection."""
        if self._channel not in ("open", "subscribed"):
            return False  # from a connection that is given up
        first = self._channel == "open"
        self._channel, self._attempts = "subscribed", 0
        return first

    def follow(self, group: GroupRecord) -> None:
        """A group that is new on this device, or one whose log must be read again from the cursor."""
        if self._channel in ("open", "subscribed"):
            self._subscribe([group])

    def acknowledge(self, group: GroupRecord) -> None:
        if self._channel == "subscribed":
            self._send(Ack(group_id=group.group_id, server_seq=group.cursor))

    def closed(self) -> bool:
        """Whether this ended a working connection, not an attempt."""
        worked, self._channel = self._channel == "subscribed", "closed"
        self._attempts += 1
        delay = pause_ms(self._attempts, BACKOFF_BASE_MS, BACKOFF_CAP_MS)
        self._context.later("reconnect", self._context.jitter(delay))
        return worked

    def restart(self) -> None:
        """Drops the connection and comes back at once."""
        self._context.emit(CloseChannel())
        self._channel = "closed"
        self._context.later("reconnect", 0)

    def end(self) -> None:
        """For good: the account has put this device out."""
        self._online = False
        self._channel = "closed"
        self._context.emit(CloseChannel())

    def token_refused(self) -> None:
        self._calls.token = None
        self.restart()

    def heard(self) -> None:
        self._heard = True

    def ping(self) -> bool:
        """False when the server has been silent since the last ping: the connection is given up."""
        if self._channel == "closed":
            return True
        if not self._heard:
            self.restart()
            return False
        self._heard = False
        self._send(Ping(timestamp=self._context.now))
        self._context.later("ping", PING_MS)
        return True

    def woken(self) -> None:
        """Find out at once whether the connection still lives."""
        if self._channel in ("open", "subscribed"):
            self._heard = False
            self._send(Ping(timestamp=self._context.now))
            self._context.later("ping", WAKE_PING_MS)
        else:
            self._attempts = 0
            self.connect()

    def network_changed(self, online: bool) -> None:
        self._online = online
        if online:
            self.woken()

    def _send(self, frame: ClientFrame) -> None:
        self._context.emit(SendFrame(encode(frame)))
