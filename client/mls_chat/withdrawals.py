"""Commits that somebody can't follow: they are flagged, taken out by a `void` further on in the log, and undone here.

Everybody who could follow keeps the group as it was before (CheckpointRecord), until a device other than the committer
has gone on from it: then it stands for good, and who fails must rejoin.
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from mls_chat.alerts import clear_alert, raise_alert
from mls_chat.calls import Calls
from mls_chat.changes import Changes
from mls_chat.chats import Chats
from mls_chat.commits import Commits
from mls_chat.context import Context
from mls_chat.events import FunctionRefused
from mls_chat.group_infos import GroupInfos
from mls_chat.lines import line_of
from mls_chat.outbox import Outbox
from mls_chat.own_commits import OwnCommits
from mls_chat.records import (
    ChangeRecord,
    CheckpointRecord,
    GroupRecord,
    OutboxRecord,
    SentRecord,
)
from mls_chat.rejoins import Rejoins
from mls_chat.wire.bodies import CommitFlag, CommitFlagReply
from mls_chat.wire.records import StoredMessage

MOST_CHECKPOINTS: Final = 8
"""What one device commits on top of its own commits while nobody else says a word, and can still be undone."""
MOST_PARTS: Final = 160
"""Lines of one log entry: a commit changes at most 150 devices."""


class Withdrawals:
    def __init__(
        self,
        context: Context,
        calls: Calls,
        chats: Chats,
        outbox: Outbox,
        commits: Commits,
        changes: Changes,
        rejoins: Rejoins,
        group_infos: GroupInfos,
        own_commits: OwnCommits,
    ) -> None:
        self._context, self._calls, self._chats, self._outbox = context, calls, chats, outbox
        self._commits, self._changes, self._rejoins = commits, changes, rejoins
        self._group_infos, self._own_commits = group_infos, own_commits
        self._voids: dict[str, dict[int, int]] = {}
        """Commits that were not applied here: their sequence -> that of their void."""
        self.voided: list[Callable[[GroupRecord, StoredMessage], None]] = []
        """Set by the engine: whose commit it may be that is void before it was applied here."""
        self.reopened: list[Callable[[GroupRecord], None]] = []
        """Set by the engine: whose commit must be made anew, since none from before a void is taken any more."""
        self.pull: Callable[[GroupRecord], None] = lambda group: None
        """Set by the engine."""
        calls.route("commit_flag", self._flagged, self._flag_refused)

    # a commit that this device can't follow

    def flag(self, group: GroupRecord, message: StoredMessage, what: str) -> None:
        """`what`: why this device can't follow it, a key of lines.PROBLEMS."""
        group.stuck_at, group.stuck_what = message.server_seq, what
        raise_alert(group, "bad_commit", message.user_id)
        self._chats.changed(group)
        body = CommitFlag(group_id=group.group_id, server_seq=message.server_seq)
        self._calls.call("commit_flag", group.group_id, body)

    def resume(self) -> None:
        for group in self._context.journal.all(GroupRecord):
            if group.stuck_at and group.state == "active":
                self._calls.call("commit_flag", group.group_id, CommitFlag(group.group_id, group.stuck_at))

    def _flagged(self, group_id: str, reply: CommitFlagReply) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and group.stuck_at:
            self._voids.setdefault(group_id, {})[group.stuck_at] = reply.void_seq
            self.pull(group)

    def _flag_refused(self, group_id: str, refusal: FunctionRefused) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or not group.stuck_at:
            return
        if refusal.code != "not_a_member":  # the others have gone on from it
            self._rejoins.begin(group, "bad_commit")
        self.pull(group)  # its answer ends the group here where we are no member

    # voids in the log

    def look_ahead(self, group: GroupRecord, messages: Sequence[StoredMessage]) -> None:
        for message in messages:
            if message.voids is not None and message.voids > group.cursor:
                self._voids.setdefault(group.group_id, {})[message.voids] = message.server_seq

    def skips(self, group: GroupRecord, message: StoredMessage) -> bool:
        """Whether the entry is a commit that is void further on, or lies between the two."""
        voids = self._voids.get(group.group_id, {})
        return any(commit <= message.server_seq < void for commit, void in voids.items())

    def skip(self, group: GroupRecord, message: StoredMessage) -> None:
        """Nobody reads it; what we wrote there is sent again."""
        for part in self.voided if message.msg_kind == "commit" else []:
            part(group, message)
        if message.server_seq == group.stuck_at:
            self._line(group, message, "problem", group.stuck_what)
        elif message.msg_kind == "chat":
            own = message.device_id == self._context.account.device_id
            row = self._outbox.take_out(group, message.message_id) if own else None
            if row is not None:
                self._outbox.send_anew(group, row)
            else:
                self._line(group, message, "problem", "withdrawn")

    def void(self, group: GroupRecord, message: StoredMessage) -> None:
        """A `void` has come: the commit that it names never was."""
        voided = message.voids or 0
        group.withdrawn_epochs = [*group.withdrawn_epochs, message.epoch + 1][-MOST_CHECKPOINTS:]
        checkpoint = next((each for each in self._checkpoints(group) if each.server_seq == voided), None)
        if voided in self._voids.get(group.group_id, {}):
            del self._voids[group.group_id][voided]
        elif checkpoint is not None:
            self._restore(group, checkpoint, message)
        elif not group.lost:
            raise_alert(group, "withdrawn_late")
            self._line(group, message, "problem", "withdrawn_late")
            return
        group.stuck_at = 0
        clear_alert(group, "bad_commit")
        self._line(group, message, "system", "withdrawn")
        self._outbox.epoch_reopened(group, message.epoch)

    def go_on(self, group: GroupRecord) -> None:
        """The void is behind the cursor."""
        self._own_commits.clear(group)
        for part in self.reopened:
            part(group)

    def _line(self, group: GroupRecord, message: StoredMessage, line: Literal["system", "problem"], what: str) -> None:
        self._chats.add_line(group, line_of(group, message, line, what))

    def _restore(self, group: GroupRecord, checkpoint: CheckpointRecord, void: StoredMessage) -> None:
        self._commits.forget(group.mls_group_id)
        if checkpoint.lost:
            self._context.backend.forget_group(group.mls_group_id)
        else:
            self._context.backend.restore_group(checkpoint.mls_group_id, checkpoint.entries)
        group.mls_group_id, group.name = checkpoint.mls_group_id, checkpoint.name
        group.key_stored = group.key_stored and group.group_key == checkpoint.group_key
        group.group_key, group.lost = checkpoint.group_key, checkpoint.lost
        if not group.lost:
            self._group_infos.learn(group)
        if group.state == "removed":
            group.state = "active"
        self._chats.remove_lines(group, range(checkpoint.server_seq, void.server_seq), MOST_PARTS)
        undone = [each for each in self._checkpoints(group) if each.server_seq >= checkpoint.server_seq]
        for each in undone:
            self._context.journal.delete(each)
        if checkpoint.lost or checkpoint.rejoin:  # before anything is encrypted with the state of then
            self._rejoins.begin(group, checkpoint.rejoin or "state_lost", asked=True)
        for sent in self._sent(group):
            if sent.server_seq > checkpoint.server_seq:
                self._context.journal.delete(sent)
                self._outbox.send_anew(group, sent.message)
        for change in [each.change for each in undone if each.change]:
            self._changes.withdrawn(msgspec.msgpack.decode(change, type=ChangeRecord))

    # checkpoints

    def _checkpoints(self, group: GroupRecord) -> list[CheckpointRecord]:
        found = self._context.journal.of_group(CheckpointRecord, group.group_id)
        return sorted(found, key=lambda checkpoint: checkpoint.server_seq)

    def before(self, group: GroupRecord, commit: StoredMessage, rejoin: str = "") -> CheckpointRecord:
        """The group as it is now, for `keep` once the commit is applied. `rejoin`: the reason, where it is our own."""
        changes = self._context.journal.of_group(ChangeRecord, group.group_id)
        own = commit.device_id == self._context.account.device_id
        change = next((c for c in changes if own and c.message_id == commit.message_id), None)
        return CheckpointRecord(
            group_id=group.group_id,
            server_seq=commit.server_seq,
            device_id=commit.device_id,
            mls_group_id=group.mls_group_id,
            entries=[] if group.lost else self._context.backend.snapshot_group(group.mls_group_id),
            name=group.name,
            group_key=group.group_key,
            lost=group.lost,
            rejoin=rejoin,
            change=msgspec.msgpack.encode(change) if change else b"",
        )

    def keep(self, group: GroupRecord, checkpoint: CheckpointRecord) -> None:
        """Who commits upon another's commit has gone on from it; upon one's own it says nothing."""
        self.confirmed(group, checkpoint.device_id)
        for old in self._checkpoints(group)[: -MOST_CHECKPOINTS + 1]:
            self._context.journal.delete(old)
        self._context.journal.put(checkpoint)

    def confirmed(self, group: GroupRecord, device_id: str) -> None:
        """A device has written in the epoch that the newest commit began, or made another commit upon it."""
        for checkpoint in self._checkpoints(group):
            if device_id != checkpoint.device_id:
                self._context.journal.delete(checkpoint)
        if not self._checkpoints(group):
            self._forget_sent(group)

    def stopped(self, group: GroupRecord) -> None:
        for checkpoint in self._checkpoints(group):
            self._context.journal.delete(checkpoint)
        self._forget_sent(group)

    def own_came_back(self, group: GroupRecord, row: OutboxRecord, server_seq: int) -> None:
        """An own message is in the log while the commit before it may still be withdrawn."""
        self.confirmed(group, self._context.account.device_id)
        if self._checkpoints(group):
            sent = SentRecord(group_id=group.group_id, server_seq=server_seq, message=row)
            self._context.journal.put(sent)

    def _sent(self, group: GroupRecord) -> list[SentRecord]:
        found = self._context.journal.of_group(SentRecord, group.group_id)
        return sorted(found, key=lambda each: each.server_seq)

    def _forget_sent(self, group: GroupRecord) -> None:
        for sent in self._sent(group):
            self._context.journal.delete(sent)
