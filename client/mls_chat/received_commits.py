"""Commits in the log: followed, shown as lines and told to who goes on from there; or the cursor stays before them."""

from collections.abc import Callable
from typing import Final

from mls_chat.alerts import clear_alert
from mls_chat.chats import Chats
from mls_chat.commits import ApartFromLog, AppliedCommit, CommitRefused, Commits
from mls_chat.context import Context
from mls_chat.lines import line_of
from mls_chat.records import GroupRecord
from mls_chat.rejoins import Rejoins
from mls_chat.verdicts import Verdicts
from mls_chat.wire.records import StoredMessage
from mls_chat.withdrawals import Withdrawals
from mls_rs_python import Member

RENAMED_PART: Final = 151
"""Behind the lines of all that a commit can change in the membership."""


class Stuck(Exception):
    """A commit that this device can't follow: the cursor stays before it until that is settled."""


class ReceivedCommits:
    def __init__(
        self,
        context: Context,
        chats: Chats,
        commits: Commits,
        rejoins: Rejoins,
        withdrawals: Withdrawals,
        verdicts: Verdicts,
    ) -> None:
        self._context, self._chats, self._commits = context, chats, commits
        self._rejoins, self._withdrawals, self._verdicts = rejoins, withdrawals, verdicts
        self.applied: list[Callable[[GroupRecord, AppliedCommit], None]] = []
        """Set by the engine: who goes on from there, in this order."""

    def follow(self, group: GroupRecord, message: StoredMessage) -> AppliedCommit | None:
        """None where this device has gone astray and the commit is passed by. Raises Stuck."""
        checkpoint = self._withdrawals.before(group, message)
        try:
            applied = self._commits.apply(group, message)
        except ApartFromLog:
            self._verdicts.problem(group, message, "bad_commit")
            self._verdicts.astray(group, message)
            return None
        except CommitRefused as refused:
            if group.unreadable:  # this device could not read the members before either
                self._rejoins.begin(group, "bad_commit")
                self._verdicts.problem(group, message, refused.what)
                return None
            self._withdrawals.flag(group, message, refused.what)
            raise Stuck(refused.what) from refused
        group.stuck_at = 0
        clear_alert(group, "bad_commit")
        self._withdrawals.keep(group, checkpoint)
        self._show_changes(group, applied)
        return applied

    def tell(self, group: GroupRecord, applied: AppliedCommit) -> None:
        """Once the cursor has passed it."""
        if group.state != "active" or group.lost:
            return
        name = group.name
        for goes_on in self.applied:
            goes_on(group, applied)
        if group.name != name:
            line = line_of(group, applied.message, "system", "renamed", RENAMED_PART)
            line.user_id, line.text = applied.committer_user, group.name
            self._chats.add_line(group, line)

    def _show_changes(self, group: GroupRecord, applied: AppliedCommit) -> None:
        message, received = applied.message, applied.received
        if received.self_removed and applied.rejoined:
            self._rejoins.begin(group, "replaced")
            lines = [("replaced", b"/")]
            group.lost = True
        elif received.self_removed:
            group.state, lines = "removed", [("you_removed", b"/")]
        elif applied.rejoined or applied.entered:
            lines = [("rejoined" if applied.rejoined else "entered", received.added[0].identity)]
        else:
            lines = [(self._how_removed(group, m), m.identity) for m in received.removed]
            lines += [("joined", m.identity) for m in received.added]
        for part, (what, identity) in enumerate(lines):
            line = line_of(group, message, "system", what, part)
            line.user_id = applied.committer_user
            line.subject_id = identity.decode().partition("/")[0]
            self._chats.add_line(group, line)
        if not applied.matches_declaration:
            self._verdicts.problem(group, message, "membership_mismatch", len(lines))

    def _how_removed(self, group: GroupRecord, member: Member) -> str:
        """A person, or one device of somebody who stays."""
        user = member.identity.partition(b"/")[0]
        staying = self._context.backend.look(group.mls_group_id).members()
        return "device_removed" if any(m.identity.partition(b"/")[0] == user for m in staying) else "removed"
