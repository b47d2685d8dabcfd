"""Coming back into a group with new keys: an external commit (RFC 9420, section 12.4.3.2) in place of the own leaf.

The GroupInfo for it lies on the server, sealed under the group's rejoin key. The commit and the state after it are
stored before the commit leaves; the state takes the group's place when the commit comes in the log.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from mls_chat.alerts import clear_alert, raise_alert
from mls_chat.backend import GROUP_DATA_EXTENSION
from mls_chat.backoff import pause_ms
from mls_chat.calls import Calls
from mls_chat.chats import Chats
from mls_chat.commits import Commits
from mls_chat.context import Context
from mls_chat.envelope import EnvelopeUnreadable, decode_group_data
from mls_chat.events import FunctionRefused
from mls_chat.group_infos import GroupInfos
from mls_chat.heads import Heads
from mls_chat.lines import line_of
from mls_chat.log_tail import forget_tail
from mls_chat.own_commits import sealed_group_info
from mls_chat.records import GroupRecord, RejoinRecord
from mls_chat.sealing import SealBroken
from mls_chat.wire.bodies import GroupInfoGet, GroupInfoGetReply, GroupRejoin, SendCommitReply
from mls_chat.wire.records import StoredMessage
from mls_rs_python import GroupInfo, MlsError

AUTOMATIC_EVERY_MS: Final = 600_000
"""A device whose place is taken again and again does not fight for it: after the first time a person decides."""
WAIT_BASE_MS: Final = 2_000
WAIT_CAP_MS: Final = 60_000
MOST_TRIES: Final = 8
LOST: Final = frozenset({"state_lost", "bad_commit", "replaced", "new_device"})
"""Reasons for which nothing can be read before the rejoin."""
ALARMS: Final = ("split", "withdrawn_late")
"""Alerts that only a person takes away."""
REJOINING: Final = ("entering", "rejoining", "rejoin_waits", "rejoin_failed", "replaced", "unreadable", "bad_commit")


class GroupInfoRefused(Exception):
    """The GroupInfo leads into another group, an older epoch, or one that this device is not in."""


class Rejoins:
    def __init__(
        self,
        context: Context,
        calls: Calls,
        chats: Chats,
        heads: Heads,
        commits: Commits,
        group_infos: GroupInfos,
    ) -> None:
        self._context, self._calls, self._chats = context, calls, chats
        self._heads, self._commits, self._group_infos = heads, commits, group_infos
        self.entered: Callable[[GroupRecord], None] = lambda group: None
        """Set by the engine: this device is a member now, and reads the log."""
        self.left: Callable[[GroupRecord], None] = lambda group: None
        """Set by the engine: this device is not in the group any more."""
        self.arrived_anew: Callable[[GroupRecord], None] = lambda group: None
        """Set by the engine: a new device reads the group from here on."""
        calls.route("group_info_get", self._informed, self._info_refused)
        calls.route("group_rejoin", self._accepted, self._refused)

    def resume(self) -> None:
        for rejoin in self._context.journal.all(RejoinRecord):
            self.go_on(rejoin.group_id)

    def begin(self, group: GroupRecord, reason: str, *, asked: bool = False) -> None:
        """`reason` is `state_lost`, `bad_commit`, `replaced`, `rolled_back`, `cloned`, `unreadable`, `asked`, or
        `new_device` for a group that other devices of the account are in."""
        if not group.is_ours:
            return
        if reason in LOST:
            group.lost, group.stuck_at = True, 0
            self._chats.changed(group)
        if self._context.journal.find(RejoinRecord, group.group_id) is not None:
            return
        early = self._context.now - group.rejoined_at < AUTOMATIC_EVERY_MS
        if early and not asked and reason in ("replaced", "cloned", "rolled_back", "unreadable"):
            raise_alert(group, "unreadable" if reason == "unreadable" else "replaced")
            self._chats.changed(group)
            return
        clear_alert(group, *REJOINING)
        raise_alert(group, "entering" if group.state == "entering" else "rejoining")
        self._chats.changed(group)
        rejoin = RejoinRecord(group_id=group.group_id, reason=reason, trusting=asked and group.alert in ALARMS)
        self._context.journal.put(rejoin)
        self._go_on(group, rejoin)

    def try_again(self) -> None:
        """Called now and then: what was too early may no longer be."""
        for group in self._context.journal.all(GroupRecord):
            if group.alert == "unreadable":
                self.begin(group, "unreadable")

    def ask(self, group_id: str) -> None:
        """The person wants it: nothing is too early then."""
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.state != "active":
            self._context.notice("This group can't be entered again from here.")
            return
        rejoin = self._context.journal.find(RejoinRecord, group_id)
        if rejoin is None:
            self.begin(group, "replaced" if group.lost else "asked", asked=True)
        else:
            rejoin.tries, rejoin.trusting = 0, rejoin.trusting or group.alert in ALARMS
            self._context.journal.put(rejoin)
            self._go_on(group, rejoin)

    def go_on(self, group_id: str) -> None:
        """The time to ask again has come, or the log is read."""
        group = self._context.journal.find(GroupRecord, group_id)
        rejoin = self._context.journal.find(RejoinRecord, group_id)
        if group is not None and rejoin is not None and group.is_ours:
            self._go_on(group, rejoin)

    def _go_on(self, group: GroupRecord, rejoin: RejoinRecord) -> None:
        """What can still be read with the old keys is read first."""
        if rejoin.commit:
            body = msgspec.msgpack.decode(rejoin.commit, type=GroupRejoin)
            self._calls.call("group_rejoin", group.group_id, body)
        elif group.state == "entering" or self._heads.caught_up(group):
            self._calls.call("group_info_get", group.group_id, GroupInfoGet(group_id=group.group_id))

    def _informed(self, group_id: str, reply: GroupInfoGetReply) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        rejoin = self._context.journal.find(RejoinRecord, group_id)
        if group is None or rejoin is None or rejoin.commit or not group.is_ours:
            return
        if reply.group_info is None:
            self._wait(group, rejoin, "rejoin_waits")
            return
        try:
            self._commit(group, rejoin, reply)
        except SealBroken:
            self._wait(group, rejoin, "rejoin_failed")
        except (MlsError, GroupInfoRefused, EnvelopeUnreadable):
            self._wait(group, rejoin, "rejoin_waits", refused=True)

    def _wait(self, group: GroupRecord, rejoin: RejoinRecord, alert: str, *, refused: bool = False) -> None:
        rejoin.tries += 1
        self._context.journal.put(rejoin)
        if rejoin.tries > 1:
            clear_alert(group, *REJOINING)
            raise_alert(group, alert)
            self._chats.changed(group)
        if refused and rejoin.tries <= MOST_TRIES:
            body = GroupInfoGet(group_id=group.group_id, refused=True)
            self._calls.call("group_info_get", group.group_id, body, again=True)
        delay = pause_ms(rejoin.tries, WAIT_BASE_MS, WAIT_CAP_MS)
        self._context.later(f"rejoin:{group.group_id}", self._context.jitter(delay))

    def _commit(self, group: GroupRecord, rejoin: RejoinRecord, reply: GroupInfoGetReply) -> None:
        """Raises SealBroken, GroupInfoRefused, EnvelopeUnreadable, MlsError."""
        backend, account = self._context.backend, self._context.account
        data, key = self._group_infos.open(group, reply)
        info = backend.inspect_group_info(data)
        about = decode_group_data(info.context_extensions.get(GROUP_DATA_EXTENSION, b""))
        own = f"{account.user_id}/{account.device_id}".encode()
        leaf = next((m.leaf_index for m in info.members if m.identity == own), None)
        fits = about.group_id == group.group_id and about.key == key and info.epoch == reply.epoch
        entered = leaf is not None or (rejoin.reason == "new_device" and _has_account(info, account.user_id))
        if not fits or info.epoch < self._known_epoch(group) or not entered:
            raise GroupInfoRefused(f"group {about.group_id}, epoch {info.epoch}, own leaf {leaf}")
        if about.kind == "self":
            group.kind = "self"
        elif about.name:
            group.name = about.name
        self._chats.changed(group)
        made = backend.external_join(data, now=self._context.seconds, remove_leaf=leaf)
        rejoin.message_id = self._context.random_id()
        body = GroupRejoin(
            group_id=group.group_id,
            message_id=rejoin.message_id,
            epoch=reply.epoch,
            base_seq=reply.head_seq,
            mls_bytes=made.commit,
            group_info=sealed_group_info(self._context, group.group_id, about.key, reply.epoch + 1, made.group_info),
        )
        rejoin.commit, rejoin.entries = msgspec.msgpack.encode(body), list(made.entries)
        rejoin.mls_group_id = made.mls_group_id
        self._context.journal.put(rejoin)
        self._calls.call("group_rejoin", group.group_id, body)

    def _known_epoch(self, group: GroupRecord) -> int:
        if group.lost:
            return 0
        return self._context.backend.look(group.mls_group_id).epoch

    def voided(self, group: GroupRecord, message: StoredMessage) -> None:
        """A commit that is void before it was applied here; ours is made again."""
        rejoin = self._context.journal.find(RejoinRecord, group.group_id)
        if rejoin is not None and rejoin.commit and rejoin.message_id == message.message_id:
            self._calls.forget("group_rejoin", group.group_id)
            rejoin.commit, rejoin.entries, rejoin.message_id = b"", [], ""
            self._context.journal.put(rejoin)
            self._context.later(f"rejoin:{group.group_id}", self._context.jitter(WAIT_BASE_MS))

    def compare_epoch(self, group: GroupRecord, epoch: int) -> None:
        """Where the log is read to its end, the group is in the epoch that the log has reached, or has gone astray.

        A server that is behind was restored from a backup, or lies: that is not for this device to mend.
        """
        if group.state == "active" and not group.lost and not group.stuck_at and self._known_epoch(group) < epoch:
            self.begin(group, "unreadable")

    def _accepted(self, group_id: str, reply: SendCommitReply) -> None:
        """The group takes the new state when the commit comes in the log, in its place."""
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.state != "entering":
            return
        group.state, group.cursor = "active", reply.server_seq - 1
        forget_tail(group)  # of an earlier stay, if there was one
        group.entered_seq, group.entered_at, group.settled = reply.server_seq, self._context.now, False
        self._heads.tell(group_id, reply.server_seq)
        self._chats.changed(group)
        self.entered(group)

    def _refused(self, group_id: str, refusal: FunctionRefused) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        rejoin = self._context.journal.find(RejoinRecord, group_id)
        if group is None or rejoin is None:
            return
        if self._shut_out(group, rejoin, refusal):
            return
        rejoin.commit, rejoin.entries, rejoin.message_id = b"", [], ""
        self._wait(group, rejoin, "rejoin_waits" if refusal.status == 409 else "rejoin_failed")

    def _shut_out(self, group: GroupRecord, rejoin: RejoinRecord, refusal: FunctionRefused) -> bool:
        """Whether there is no way in: no device of the account is in the group any more that this one was on its way
        into, or it was removed while it could not read that."""
        if refusal.code != "not_a_member" or not group.lost:
            return False
        self._context.journal.delete(rejoin)
        self.left(group)
        return True

    def _info_refused(self, group_id: str, refusal: FunctionRefused) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        rejoin = self._context.journal.find(RejoinRecord, group_id)
        if group is not None and rejoin is not None and not self._shut_out(group, rejoin, refusal):
            self._context.notice(f"{group.name} can't be entered again: {refusal.message}")
            self._wait(group, rejoin, "rejoin_failed")

    def reason(self, group: GroupRecord) -> str:
        """Why this device is coming back; empty if it is not."""
        rejoin = self._context.journal.find(RejoinRecord, group.group_id)
        return rejoin.reason if rejoin else ""

    def arrived(self, group: GroupRecord, message: StoredMessage) -> bool:
        """Whether the entry is our own rejoin: the new state takes the group's place, the history stays."""
        rejoin = self._context.journal.find(RejoinRecord, group.group_id)
        if rejoin is None or not rejoin.commit or rejoin.message_id != message.message_id:
            return False
        self._context.backend.replace_group(rejoin.mls_group_id, rejoin.entries)
        self._commits.forget(group.mls_group_id)
        group.mls_group_id = rejoin.mls_group_id
        group.lost, group.stuck_at, group.unreadable = False, 0, 0
        group.committed_at = self._context.now
        if rejoin.reason != "new_device":
            group.rejoined_at = self._context.now
        clear_alert(group, *REJOINING)
        if rejoin.trusting and clear_alert(group, *ALARMS):
            forget_tail(group)
        self._context.journal.delete(rejoin)
        self._calls.forget("group_rejoin", group.group_id)
        what = "you_entered" if rejoin.reason == "new_device" else "you_rejoined"
        self._chats.add_line(group, line_of(group, message, "system", what))
        if rejoin.reason == "new_device":
            self.arrived_anew(group)
        self._group_infos.learn(group)
        return True

    def stopped(self, group: GroupRecord) -> None:
        rejoin = self._context.journal.find(RejoinRecord, group.group_id)
        if rejoin is not None:
            self._context.journal.delete(rejoin)


def _has_account(info: GroupInfo, user_id: str) -> bool:
    return any(member.identity.decode().partition("/")[0] == user_id for member in info.members)
