"""The engine: one event in, one Step(writes, effects) out. No clock, network, await or browser; see DESIGN.md."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from mls_chat import events
from mls_chat.admissions import Admissions
from mls_chat.calls import Calls
from mls_chat.changes import Changes
from mls_chat.chats import Chats
from mls_chat.commits import Commits
from mls_chat.connection import Connection
from mls_chat.content import Contents
from mls_chat.context import Context
from mls_chat.damage import damage_told, lost_mls_groups
from mls_chat.effects import DamagedRow, Row, Step
from mls_chat.groups import Groups
from mls_chat.heads import Heads
from mls_chat.health import Health
from mls_chat.inbox import Inbox
from mls_chat.invites import Invites
from mls_chat.joins import Joins
from mls_chat.journal import Journal
from mls_chat.log import Log
from mls_chat.members import Members
from mls_chat.outbox import Outbox
from mls_chat.own_commits import OwnCommits
from mls_chat.people import People
from mls_chat.records import GroupRecord
from mls_chat.rejoins import Rejoins
from mls_chat.session import Session
from mls_chat.tabs import Tabs
from mls_chat.view import NoticeView
from mls_chat.wire import frames
from mls_chat.wire.frames import decode_server
from mls_chat.withdrawals import Withdrawals

POLL_CONNECTED_MS: Final = 60_000
POLL_ALONE_MS: Final = 10_000
"""How often to ask over HTTP what the channel's bells may have missed, and while there is no channel."""
WITHOUT_ACCOUNT: Final = (
    events.NameEntered | events.LinkOpened | events.LinkClosed | events.NetworkChanged | events.VisibilityChanged
)


class Engine:
    """`rows`: what `Storage.load` gave. `origin`: scheme, host and port of the server, which signatures name.
    `random_bytes`: where ids and delays come from, so that a run can be repeated; by default the system's generator.
    `damaged`: the rows that could not be read.

    Raises RecordUnreadable when rows are of a newer version or the account's row is damaged.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        origin: str,
        random_bytes: Callable[[int], bytes] | None = None,
        damaged: Sequence[DamagedRow] = (),
    ) -> None:
        self._context = context = Context(Journal(rows, damaged), origin, random_bytes)
        self._calls = calls = Calls(context)
        self._people = People(context)
        self._heads = heads = Heads()
        self._chats = Chats(context, self._people, heads)
        self._session = Session(context, calls)
        self._connection = Connection(context, calls)
        self._outbox = Outbox(context, self._chats, heads)
        commits, own_commits = Commits(context), OwnCommits(context)
        self._rejoins = Rejoins(context, calls, self._chats, heads, commits)
        self._changes = Changes(context, calls, heads, own_commits)
        self._withdrawals = Withdrawals(
            context, calls, self._chats, self._outbox, commits, self._changes, self._rejoins, own_commits
        )
        self._groups = Groups(context, calls, self._chats, self._connection, self._outbox, heads, self._rejoins)
        self._invites = Invites(context, calls, self._outbox)
        self._members = Members(context, calls, self._people)
        self._admissions = Admissions(context, calls, self._invites, self._outbox, self._people, heads, own_commits)
        contents = Contents(context, self._chats, self._people)
        self._inbox = Inbox(context, self._chats, self._outbox, commits, contents, self._rejoins, self._withdrawals)
        self._log = Log(context, calls, self._connection, self._inbox, self._outbox, heads)
        self._joins = Joins(context, calls, self._chats, self._groups, self._outbox)
        self._health = Health(context, self._connection, heads, self._people)
        self._connect_parts()
        shown = (self._chats, self._joins, self._invites, self._members, self._health)
        self._tabs = Tabs(context, self._session, self._connection, *shown)
        self._session.on_token = self._connection.token_changed

    def _connect_parts(self) -> None:
        """Who hears of what happens elsewhere, in order."""
        self._inbox.commit_applied = [
            self._rejoins.commit_applied,
            self._changes.commit_applied,
            self._admissions.commit_applied,
            lambda group, _: self._members.commit_applied(group),
        ]
        parts = (self._rejoins, self._withdrawals, self._changes, self._admissions)
        self._inbox.passed_by = [self._changes.passed_by, self._admissions.passed_by]
        self._inbox.rejoined = [self._changes.begin_again, self._admissions.begin_again]
        self._withdrawals.restored = [self._changes.take_back, self._admissions.take_back]
        self._withdrawals.voided = [self._rejoins.voided, self._changes.voided, self._admissions.voided]
        self._withdrawals.reopened = [self._changes.reopened, self._admissions.reopened]
        self._inbox.stopped = [part.stopped for part in parts]
        self._log.caught_up = self._caught_up
        self._withdrawals.pull = self._log.pull
        self._log.read_to_the_end = [
            self._rejoins.compare_epoch,
            self._changes.log_read,
            self._admissions.log_read,
        ]
        self._outbox.cloned = lambda group: self._rejoins.begin(group, "cloned")

    def handle(self, event: events.Event, now: int) -> Step:
        """`now` is Unix milliseconds. The step's writes must be durable before its effects are carried out."""
        self._context.now, self._context.tab = now, None
        if isinstance(event, events.FromTab):
            self._from_tab(event)
        elif isinstance(event, events.PageEvent):
            self._from_tab(events.FromTab("", event))
        else:
            self._port_event(event)
        self._chats.flush()
        self._connection.show()
        self._health.flush()
        return self._context.take_step()

    def _from_tab(self, asked: events.FromTab) -> None:
        self._context.tab = asked.tab
        if not self._tabs.was_handled(asked):
            self._page_event(asked.event)
        self._tabs.handled(asked)

    def _page_event(self, event: events.PageEvent) -> None:
        if not self._context.has_account and not isinstance(event, WITHOUT_ACCOUNT):
            return
        match event:
            case events.NameEntered(name=name):
                self._session.make_account(name)
                self._chats.list_changed()
            case events.GroupRequested(name=name):
                self._groups.create(name)
            case events.ChatOpened(group_id=group_id):
                self._chats.open(group_id)
            case events.EarlierRequested(group_id=group_id):
                self._chats.earlier(group_id)
            case events.TextEntered(group_id=group_id, text=text):
                self._outbox.enter_text(group_id, text)
            case events.RetryRequested(group_id=group_id, id=message_id):
                self._outbox.retry(group_id, message_id)
            case events.InviteRequested(group_id=group_id):
                self._invites.request(group_id)
            case events.LinkOpened(fragment=fragment):
                self._joins.open_link(fragment)
            case events.JoinRequested():
                self._joins.request()
            case events.LinkClosed():
                self._joins.close_link()
            case events.MembersOpened(group_id=group_id):
                self._members.open(group_id)
            case events.MembersClosed():
                self._members.close()
            case events.RenameRequested(group_id=group_id, name=name):
                self._changes.rename(group_id, name)
            case events.RemovalRequested(group_id=group_id, user_id=user_id):
                self._changes.remove(group_id, user_id)
            case events.RenewalRequested(group_id=group_id):
                self._changes.renew(group_id)
            case events.RejoinRequested(group_id=group_id):
                self._rejoins.ask(group_id)
            case events.HealthOpened():
                self._health.open()
            case events.HealthClosed():
                self._health.close()
            case events.DamageRemovalRequested():
                self._context.journal.remove_damaged()
                self._context.answer(NoticeView(level="info", text="What was damaged is removed."))
            case events.NetworkChanged(online=online):
                self._connection.network_changed(online)
                if online:
                    self._calls.retry_all()
            case events.Woken():
                self._connection.woken()
                self._calls.retry_all()
            case events.VisibilityChanged(visible=visible):
                self._chats.visibility_changed(self._context.tab or "", visible)

    def _port_event(self, event: events.PortEvent) -> None:
        match event:
            case events.Started():
                self._start()
            case events.FunctionReturned():
                self._calls.returned(event)
            case events.FunctionRefused():
                self._calls.refused(event)
            case events.FunctionUnreachable():
                self._calls.unreachable(event)
            case events.ChannelOpened():
                self._connection.opened()
            case events.ChannelClosed():
                self._outbox.channel_closed()
                if self._connection.closed():
                    self._context.later("poll", POLL_ALONE_MS)
            case events.FrameReceived(data=data):
                self._frame(data)
            case events.TimerFired(name=name):
                self._timer(name)
            case events.RowsRead():
                self._chats.rows_read(event)
            case events.TabOpened(tab=tab):
                self._tabs.opened(tab)
            case events.TabGone(tab=tab):
                self._tabs.gone(tab)
            case events.TabsPresent(tabs=tabs):
                self._tabs.present(tabs)

    def _start(self) -> None:
        self._session.show()
        if self._context.has_account:
            self._chats.list_changed()
            self._session.sign_in()
            self._groups.resume()
            self._invites.resume()
            self._admissions.resume()
            self._joins.resume()
            self._rejoins.resume()
            self._withdrawals.resume()
            self._changes.resume()
            self._mend_lost_groups()
        if told := damage_told(self._context.damaged):
            self._context.notice(told)
        self._context.later("poll", POLL_ALONE_MS)

    def _mend_lost_groups(self) -> None:
        """Groups whose MLS state is not in the storage any more, or damaged."""
        backend = self._context.backend
        lost = lost_mls_groups(self._context.damaged) | set(backend.damaged_groups)
        for group in self._context.journal.all(GroupRecord):
            if group.state != "active" or group.lost:
                continue
            missing = group.mls_group_id in lost or not backend.has_group(group.mls_group_id)
            if missing or group.state_check not in (b"", backend.checksum_of(group.mls_group_id)):
                self._rejoins.begin(group, "state_lost")

    def _caught_up(self, group: GroupRecord) -> None:
        """The log is read to where it stood at the start."""
        self._rejoins.go_on(group.group_id)
        self._changes.go_on(group)
        self._admissions.go_on(group)
        self._outbox.flush(group)

    def _timer(self, name: str) -> None:
        kind, _, subject = name.partition(":")
        match kind:
            case "call":
                self._calls.retry_now(subject)
            case "token":
                self._session.sign_in()
            case "reconnect":
                self._connection.connect()
            case "ping":
                if not self._connection.ping():
                    self._outbox.channel_closed()
            case "members":
                self._members.refresh()
            case "ask":
                self._admissions.ask()
            case "rejoin":
                self._rejoins.go_on(subject)
            case "info":
                self._rejoins.publish(subject)
            case "pull":
                self._log.pull_again(subject)
            case "outbox":
                group = self._context.journal.find(GroupRecord, subject)
                if group is not None:
                    self._outbox.flush(group)
            case "poll":
                self._poll()

    def _poll(self) -> None:
        connected = self._connection.is_subscribed
        self._context.later("poll", POLL_CONNECTED_MS if connected else POLL_ALONE_MS)
        if not self._context.has_account:
            return
        self._joins.poll()
        self._admissions.ask()
        self._changes.rotate_old()
        self._groups.compare_left()
        self._rejoins.try_again()
        for group in self._context.journal.all(GroupRecord):
            self._changes.go_on(group)
            self._admissions.go_on(group)
        if not connected:
            self._log.fall_back()

    def _frame(self, data: bytes) -> None:
        self._connection.heard()
        try:
            frame = decode_server(data)
        except msgspec.DecodeError as error:
            self._context.notice(f"The server sent something that this version does not understand: {error}")
            return
        match frame:
            case frames.Deliver():
                self._log.delivered(frame)
            case frames.Sent():
                self._outbox.sent(frame)
            case frames.Subscribed(groups=heads):
                self._subscribed(heads)
            case frames.WelcomeBell(request_id=request_id):
                self._joins.poll(request_id)
            case frames.InviteBell():
                self._admissions.ask()
            case frames.GroupInfoBell(group_id=group_id):
                self._rejoins.rung(group_id)
            case frames.Removed(group_id=group_id):
                group = self._context.journal.find(GroupRecord, group_id)
                if group is not None:
                    self._log.pull(group)
            case frames.Error():
                self._error(frame)
            case frames.Signal() | frames.Pong():
                pass  # nothing of this version is carried by signals; a pong has been heard above

    def _subscribed(self, heads: dict[str, int]) -> None:
        if self._connection.subscribed():
            self._outbox.channel_opened()
            self._groups.compare()
            self._joins.poll()
            self._admissions.ask()
            self._context.later("poll", POLL_CONNECTED_MS)
        self._log.told_heads(heads)
        for group in self._context.journal.all(GroupRecord):
            self._outbox.flush(group)

    def _error(self, frame: frames.Error) -> None:
        if frame.message_id is not None:
            self._outbox.refused(frame)
        elif frame.code in ("token_expired", "token_invalid", "unauthenticated"):
            self._outbox.channel_closed()
            self._connection.token_refused()
        elif frame.code in ("not_a_member", "not_subscribed") and frame.group_id is not None:
            group = self._context.journal.find(GroupRecord, frame.group_id)
            if group is not None:
                self._log.pull(group)
        else:
            self._context.notice(f"The server says: {frame.message}")
