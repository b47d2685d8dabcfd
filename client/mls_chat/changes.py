"""Changes of a group that we want: rename, remove somebody, fresh keys. Each is an intent that is committed, and made
again on the new epoch as often as another commit was faster, until it is in the log or told as failed."""

from typing import Final, Literal

import msgspec

from mls_chat.calls import Calls
from mls_chat.commits import AppliedCommit
from mls_chat.context import Context
from mls_chat.envelope import clean_name
from mls_chat.events import FunctionRefused
from mls_chat.heads import Heads
from mls_chat.own_commits import OwnCommits, encode_commit, group_data
from mls_chat.records import ChangeRecord, GroupRecord
from mls_chat.wire.bodies import Commit, SendCommitReply
from mls_chat.wire.records import StoredMessage
from mls_rs_python import MlsError

Kind = Literal["rename", "remove", "rotate"]
ROTATE_AFTER_MS: Final = 7 * 24 * 3_600_000
"""A leaf whose keys are older gets new ones, so that a stolen old state opens nothing new."""
PULL_MS: Final = 2_000
MOST_WITHDRAWN: Final = 3
SENTENCES: Final = {
    "rename": "The group could not be renamed",
    "remove": "The person could not be removed",
    "rotate": "The keys of this device could not be renewed",
}
IN_THE_LOG: Final = frozenset({"stale_epoch", "future_epoch", "message_id_conflict", "not_a_member"})
NO_MEMBER: Final = "you are no longer in the group"


class Changes:
    def __init__(self, context: Context, calls: Calls, heads: Heads, commits: OwnCommits) -> None:
        self._context, self._calls, self._heads, self._commits = context, calls, heads, commits
        self._conflicts: set[str] = set()
        """Ids of commits that the server has already for other bytes."""
        calls.route("send_commit", self._accepted, self._refused)

    def rename(self, group_id: str, raw_name: str) -> None:
        group, name = self._context.journal.find(GroupRecord, group_id), clean_name(raw_name)
        if group is None or group.state != "active":
            self._context.notice("This group can't be renamed now.")
        elif not name:
            self._context.notice("Please give the group a name: at least one visible character.")
        elif name != group.name:
            self._want(group, "rename", name=name)

    def remove(self, group_id: str, user_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.state != "active" or user_id == self._context.account.user_id:
            self._context.notice("This person can't be removed now.")
        else:
            self._want(group, "remove", user_id=user_id)

    def remove_device(self, group: GroupRecord, user_id: str, device_id: str) -> None:
        """One that its account has put out."""
        self._want(group, "remove", user_id=user_id, device_id=device_id)

    def renew(self, group_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.state != "active":
            self._context.notice("The keys for this group can't be renewed now.")
        else:
            self.rotate(group)

    def rotate(self, group: GroupRecord) -> None:
        """New keys for this device's leaf."""
        self._want(group, "rotate")

    def rotate_old(self) -> None:
        """Called now and then."""
        for group in self._context.journal.all(GroupRecord):
            if group.state == "active" and 0 < group.committed_at < self._context.now - ROTATE_AFTER_MS:
                self.rotate(group)

    def _want(self, group: GroupRecord, kind: Kind, *, name: str = "", user_id: str = "", device_id: str = "") -> None:
        wanted = (kind, user_id, device_id)
        if kind != "rename" and any((e.change, e.user_id, e.device_id) == wanted for e in self._of(group)):
            return
        change_id = self._context.random_id()
        change = ChangeRecord(
            group_id=group.group_id,
            change_id=change_id,
            change=kind,
            created_at=self._context.now,
            name=name,
            user_id=user_id,
            device_id=device_id,
            message_id=change_id,
        )
        self._context.journal.put(change)
        self.go_on(group)

    def _of(self, group: GroupRecord) -> list[ChangeRecord]:
        found = self._context.journal.of_group(ChangeRecord, group.group_id)
        return sorted(found, key=lambda change: (change.created_at, change.change_id))

    def resume(self) -> None:
        """What was on its way when the device went down is sent again; the same bytes are harmless."""
        for change in self._context.journal.all(ChangeRecord):
            if change.commit:
                self._send(change)

    def go_on(self, group: GroupRecord) -> None:
        """Commits the next change, if nothing of ours is on its way and the log is read."""
        while (changes := self._of(group)) and self._commits.may_begin(group) and self._heads.caught_up(group):
            self._commit(group, changes[0])

    def _commit(self, group: GroupRecord, change: ChangeRecord) -> None:
        try:
            body = self._body(group, change)
        except MlsError as error:
            self._give_up(change, f"{type(error).__name__}")
            return
        if body is None:
            self._context.journal.delete(change)  # it is so already
            return
        change.commit = encode_commit(body)
        self._context.journal.put(change)
        self._send(change)

    def _body(self, group: GroupRecord, change: ChangeRecord) -> Commit | None:
        mls = self._context.backend.look(group.mls_group_id)
        devices = {m.leaf_index: m.identity.decode() for m in mls.members()}
        name = group_data(mls).name
        leaves = [leaf for leaf, identity in devices.items() if _concerns(change, identity)]
        if (change.change == "remove" and not leaves) or (change.change == "rename" and name == change.name):
            return None
        new_name = change.name if change.change == "rename" else None
        body, _ = self._commits.make(group, change.message_id, remove=leaves, name=new_name)
        body.removed = [devices[leaf].partition("/")[2] for leaf in leaves]
        return body

    def _send(self, change: ChangeRecord) -> None:
        body = msgspec.msgpack.decode(change.commit, type=Commit)
        self._calls.call("send_commit", change.key, body)

    def _accepted(self, _key: str, _reply: SendCommitReply) -> None:
        """It is merged when it comes in the log, in its place."""

    def _refused(self, key: str, refusal: FunctionRefused) -> None:
        change = self._context.journal.find(ChangeRecord, key)
        if change is None:
            return
        if refusal.code in IN_THE_LOG:
            # the winner, our own commit of before, or our removal after it is on its way in the log: it goes on there
            self._conflicts |= {change.message_id} if refusal.code == "message_id_conflict" else set()
            self._context.later(f"pull:{change.group_id}", self._context.jitter(PULL_MS))
            return
        if refusal.code == "commit_mismatch" and self._sent_without_keys(change):
            return
        group = self._context.journal.find(GroupRecord, change.group_id)
        if group is not None and change.commit:
            self._commits.clear(group)
        self._give_up(change, refusal.message)

    def _sent_without_keys(self, change: ChangeRecord) -> bool:
        """The server may count fewer members than there are; that must not keep anybody from removing somebody."""
        body = msgspec.msgpack.decode(change.commit, type=Commit) if change.commit else None
        if body is None or not body.keys:
            return False
        body.keys = []
        change.commit = encode_commit(body)
        self._context.journal.put(change)
        self._send(change)
        return True

    def _give_up(self, change: ChangeRecord, reason: str) -> None:
        self._context.journal.delete(change)
        if not change.device_id:  # nobody here has asked for that one; whoever commits next tries again
            self._context.notice(f"{SENTENCES[change.change]}: {reason}.")

    def commit_applied(self, group: GroupRecord, applied: AppliedCommit) -> None:
        """Ours is done; another's was faster and ours is made again."""
        for change in self._of(group):
            if applied.own and change.message_id == applied.message.message_id:
                self._context.journal.delete(change)
            else:
                self._take_back(change)
        self.go_on(group)

    def passed_by(self, group: GroupRecord, message: StoredMessage) -> None:
        """A commit that could not be read here, since the state is lost; if it is ours, its intent is done."""
        for change in self._of(group):
            if change.commit and change.message_id == message.message_id:
                self._context.journal.delete(change)

    def log_read(self, group: GroupRecord, _epoch: int) -> None:
        """What was under the id of our commit is behind us and was not that commit: it needs another id."""
        for change in self._of(group):
            if change.message_id in self._conflicts:
                self._conflicts.discard(change.message_id)
                if change.commit:
                    self._commits.clear(group)
                self._take_back(change)
                change.message_id = self._context.random_id()
                self._context.journal.put(change)
        self.go_on(group)

    def voided(self, group: GroupRecord, message: StoredMessage) -> None:
        """A commit that is void before it was applied here; ours is made again, as another message."""
        for change in self._of(group):
            if change.message_id == message.message_id:
                if change.commit:  # else what is pending is another change's
                    self._commits.clear(group)
                self._take_back(change)
                change.withdrawn, change.message_id = change.withdrawn + 1, self._context.random_id()
                self._context.journal.put(change)

    def begin_again(self, group: GroupRecord) -> None:
        """What was prepared with keys that are gone, or before a void, is made again."""
        for change in self._of(group):
            self._take_back(change)
        self.go_on(group)

    def _take_back(self, change: ChangeRecord) -> None:
        if change.commit:
            self._calls.forget("send_commit", change.key)
            change.commit = b""
            self._context.journal.put(change)

    def withdrawn(self, change: ChangeRecord) -> None:
        """Ours was in the log, but another member could not follow it; begin_again makes it anew."""
        change.withdrawn += 1
        if change.withdrawn >= MOST_WITHDRAWN:
            self._give_up(change, "other members could not follow it")
            return
        self._calls.forget("send_commit", change.key)  # its answer may still be on its way
        change.commit, change.message_id = b"", self._context.random_id()
        self._context.journal.put(change)

    def stopped(self, group: GroupRecord) -> None:
        for change in self._of(group):
            self._give_up(change, NO_MEMBER)


def _concerns(change: ChangeRecord, identity: str) -> bool:
    """Whether a removal is of this leaf."""
    user_id, _, device_id = identity.partition("/")
    return user_id == change.user_id and change.device_id in ("", device_id)
