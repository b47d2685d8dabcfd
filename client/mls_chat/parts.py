"""The parts of the engine, and who of them hears of what happens in another."""

from mls_chat.admissions import Admissions
from mls_chat.calls import Calls
from mls_chat.changes import Changes
from mls_chat.chats import Chats
from mls_chat.commits import Commits
from mls_chat.connection import Connection
from mls_chat.content import Contents
from mls_chat.context import Context
from mls_chat.group_infos import GroupInfos
from mls_chat.groups import Groups
from mls_chat.heads import Heads
from mls_chat.health import Health
from mls_chat.inbox import Inbox
from mls_chat.invites import Invites
from mls_chat.joins import Joins
from mls_chat.log import Log
from mls_chat.members import Members
from mls_chat.outbox import Outbox
from mls_chat.own_commits import OwnCommits
from mls_chat.own_entries import OwnEntries
from mls_chat.people import People
from mls_chat.received_commits import ReceivedCommits
from mls_chat.received_messages import ReceivedMessages
from mls_chat.records import GroupRecord
from mls_chat.rejoins import Rejoins
from mls_chat.session import Session
from mls_chat.tabs import Tabs
from mls_chat.verdicts import Verdicts
from mls_chat.withdrawals import Withdrawals


class Parts:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.calls = calls = Calls(context)
        self.people = People(context)
        self.heads = heads = Heads()
        self.chats = Chats(context, self.people, heads)
        self.session = Session(context, calls)
        self.connection = Connection(context, calls)
        self.outbox = Outbox(context, self.chats, heads)
        commits, own_commits = Commits(context), OwnCommits(context)
        self.group_infos = GroupInfos(context, calls)
        self.rejoins = Rejoins(context, calls, self.chats, heads, commits, self.group_infos)
        self.changes = Changes(context, calls, heads, own_commits)
        self.withdrawals = Withdrawals(
            context,
            calls,
            self.chats,
            self.outbox,
            commits,
            self.changes,
            self.rejoins,
            self.group_infos,
            own_commits,
        )
        self.groups = Groups(
            context, calls, self.chats, self.connection, self.outbox, heads, self.rejoins, self.group_infos
        )
        self.invites = Invites(context, calls, self.outbox)
        self.members = Members(context, calls, self.people)
        self.admissions = Admissions(context, calls, self.invites, self.outbox, self.people, heads, own_commits)
        contents = Contents(context, self.chats, self.people)
        verdicts = Verdicts(context, self.chats, self.rejoins)
        self.received_commits = ReceivedCommits(context, self.chats, commits, self.rejoins, self.withdrawals, verdicts)
        messages = ReceivedMessages(context, self.chats, commits, contents, self.withdrawals, verdicts)
        self.own_entries = OwnEntries(
            context, self.chats, self.outbox, self.rejoins, self.withdrawals, messages, verdicts
        )
        self.inbox = Inbox(
            context,
            self.chats,
            self.outbox,
            self.withdrawals,
            self.own_entries,
            messages,
            self.received_commits,
            verdicts,
        )
        self.log = Log(context, calls, self.connection, self.inbox, self.outbox, heads)
        self.joins = Joins(context, calls, self.chats, self.groups, self.outbox)
        self.health = Health(context, self.connection, heads, self.people)
        self._connect_parts()
        shown = (self.chats, self.joins, self.invites, self.members, self.health)
        self.tabs = Tabs(context, self.session, self.connection, *shown)
        self.session.on_token = self.connection.token_changed

    def _connect_parts(self) -> None:
        """Who hears of what happens elsewhere, in order."""
        self.received_commits.applied = [
            self.group_infos.commit_applied,
            self.changes.commit_applied,
            self.admissions.commit_applied,
            lambda group, _: self.members.commit_applied(group),
        ]
        parts = (self.rejoins, self.withdrawals, self.changes, self.admissions)
        self.inbox.passed_by = [self.changes.passed_by, self.admissions.passed_by]
        self.own_entries.rejoined = [self.changes.begin_again, self.admissions.begin_again]
        self.withdrawals.voided = [self.rejoins.voided, self.changes.voided, self.admissions.voided]
        self.withdrawals.reopened = [self.changes.begin_again, self.admissions.begin_again]
        self.inbox.stopped = [part.stopped for part in parts]
        self.groups.created = self.invites.group_created
        self.log.caught_up = self._caught_up
        self.withdrawals.pull = self.log.pull
        self.log.read_to_the_end = [
            self.rejoins.compare_epoch,
            self.changes.log_read,
            self.admissions.log_read,
            self.outbox.log_read,
        ]
        self.outbox.cloned = lambda group: self.rejoins.begin(group, "cloned")

    def _caught_up(self, group: GroupRecord) -> None:
        """The log is read to where it stood at the start."""
        self.rejoins.go_on(group.group_id)
        self.changes.go_on(group)
        self.admissions.go_on(group)
        self.outbox.flush(group)
