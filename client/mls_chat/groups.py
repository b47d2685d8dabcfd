"""Groups of this device: made here, or entered by a Welcome; the server is told until it has heard."""

from collections.abc import Callable
from typing import Final

from mls_chat.calls import Calls
from mls_chat.chats import Chats
from mls_chat.connection import Connection
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.envelope import clean_name, encode_group_data
from mls_chat.events import FunctionRefused
from mls_chat.group_infos import GroupInfos
from mls_chat.heads import Heads
from mls_chat.outbox import Outbox
from mls_chat.records import GroupRecord, JoinRecord, LineRecord
from mls_chat.rejoin_keys import KEY_BYTES
from mls_chat.rejoins import Rejoins
from mls_chat.wire.bodies import (
    AccountGroup,
    Empty,
    GroupCreate,
    GroupCreateReply,
    GroupJoin,
    GroupJoinReply,
    UserGroup,
    UserGroupsReply,
)

LEFT_LATELY_MS: Final = 600_000


class Groups:
    def __init__(
        self,
        context: Context,
        calls: Calls,
        chats: Chats,
        connection: Connection,
        outbox: Outbox,
        heads: Heads,
        rejoins: Rejoins,
        group_infos: GroupInfos,
        logs: DeviceLogs,
    ) -> None:
        self._context, self._calls, self._chats = context, calls, chats
        self._connection, self._outbox, self._heads = connection, outbox, heads
        self._rejoins, self._group_infos, self._logs = rejoins, group_infos, logs
        self.created: Callable[[GroupRecord], None] = lambda group: None
        """Set by the engine: what waited until the server knows the group, or has refused it."""
        self.compared: Callable[[], None] = lambda: None
        """Set by the engine: the server has told of all groups of the account."""
        calls.route("user_groups", self._listed, self._list_refused)
        calls.route("group_create", self._created, self._create_refused)
        calls.route("group_join", self._confirmed, self._confirm_refused)

    def compare(self) -> None:
        """Asks the server of which groups this device is a member, once it is connected."""
        self._calls.call("user_groups", "", Empty())

    def compare_now_and_then(self) -> None:
        """What put this device out may have been withdrawn, which nobody tells it; and the bell for what another device
        of the account has entered may have been lost."""
        lately = self._context.now - LEFT_LATELY_MS
        if len(self._logs.own.live) > 1 or any(
            g.state == "removed" and g.last_time > lately for g in self._context.journal.all(GroupRecord)
        ):
            self.compare()

    def _listed(self, _subject: str, reply: UserGroupsReply) -> None:
        if self._context.journal.all(JoinRecord):
            return  # one of them may be a group whose Welcome is on its way
        self._compare(reply)
        self.compared()

    def _compare(self, reply: UserGroupsReply) -> None:
        for listed in reply.groups:
            group = self._context.journal.find(GroupRecord, listed.group_id)
            if group is None:
                self._found(listed)
            elif group.state == "removed":
                group.cursor = max(group.cursor, listed.joined_seq)
                self._return(group)
        for other in reply.account_groups:
            group = self._context.journal.find(GroupRecord, other.group_id)
            if group is None or group.state == "removed":
                self._enter(other, group)

    def _found(self, listed: UserGroup) -> None:
        """Its record was lost here: the device comes back with new keys, and learns the name then."""
        group = GroupRecord(
            group_id=listed.group_id,
            mls_group_id=b"",
            name=f"Group {listed.group_id[:8]}",
            state="active",
            created_at=self._context.now,
            cursor=max(listed.joined_seq, listed.acked_seq),
        )
        self._return(group)

    def _enter(self, listed: AccountGroup, known: GroupRecord | None) -> None:
        """Other devices of the account are in it: this one comes in by itself, and learns the name then."""
        group = known or GroupRecord(
            group_id=listed.group_id,
            mls_group_id=b"",
            name=f"Group {listed.group_id[:8]}",
            state="entering",
            created_at=self._context.now,
        )
        group.state = "entering"
        self._rejoins.begin(group, "new_device", asked=True)
        self._chats.changed(group)
        self._chats.reshow()

    def _return(self, group: GroupRecord) -> None:
        """Not known any more here, or left by a commit that was withdrawn since."""
        group.state = "active"
        self._rejoins.begin(group, "state_lost", asked=True)
        self._outbox.renumber(group)
        self._chats.changed(group)
        self._chats.reshow()
        self._connection.follow(group)

    def _list_refused(self, _subject: str, refusal: FunctionRefused) -> None:
        self._context.notice(f"Your groups can't be compared with the server's: {refusal.message}")

    def resume(self) -> None:
        for group in self._context.journal.all(GroupRecord):
            self._tell_server(group)

    def _tell_server(self, group: GroupRecord) -> None:
        if group.state == "creating":
            self._calls.call("group_create", group.group_id, GroupCreate(group_id=group.group_id))
        elif group.state == "active" and not group.confirmed:
            self._calls.call("group_join", group.group_id, GroupJoin(group_id=group.group_id))

    def create_self(self) -> None:
        """The group of the account's own devices (self_group.py)."""
        group_id, key = self._context.random_id(), self._context.crypto.random_bytes(KEY_BYTES)
        data = encode_group_data(group_id, "", key, "self")
        group = GroupRecord(
            group_id=group_id,
            mls_group_id=self._context.backend.create_group(now=self._context.seconds, group_data=data),
            name="Your devices",
            state="creating",
            kind="self",
            created_at=self._context.now,
            group_key=key,
            committed_at=self._context.now,
        )
        self._context.journal.put(group)
        self._tell_server(group)

    def create(self, raw_name: str) -> None:
        name = clean_name(raw_name)
        if not name:
            self._context.notice("Please give the group a name: at least one visible character.")
            return
        group_id = self._context.random_id()
        key = self._context.crypto.random_bytes(KEY_BYTES)
        data = encode_group_data(group_id, name, key)
        group = GroupRecord(
            group_id=group_id,
            mls_group_id=self._context.backend.create_group(now=self._context.seconds, group_data=data),
            name=name,
            state="creating",
            created_at=self._context.now,
            group_key=key,
            committed_at=self._context.now,
        )
        line = LineRecord(
            group_id=group_id,
            server_seq=0,
            line="system",
            time=self._context.now,
            user_id=self._context.account.user_id,
            what="created",
        )
        self._chats.add_line(group, line)
        self._chats.changed(group)
        self._chats.open(group_id)
        self._tell_server(group)

    def _created(self, group_id: str, reply: GroupCreateReply) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and group.state == "creating":
            group.state = "active"
            self._heads.tell(group_id, reply.head_seq)
            self._group_infos.learn(group)
            self._group_infos.publish(group_id)
            self._chats.changed(group)
            self._chats.reshow()
            self._connection.follow(group)
            self._outbox.flush(group)
            self.created(group)

    def _create_refused(self, group_id: str, refusal: FunctionRefused) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None:
            group.state = "failed"
            self._chats.changed(group)
            self._chats.reshow()
            self._context.notice(f"The group {group.name} could not be created: {refusal.message}")
            self.created(group)

    def entered(self, group: GroupRecord, admitted_by: str) -> None:
        """By a Welcome that is stored in the same step."""
        line = LineRecord(
            group_id=group.group_id,
            server_seq=group.cursor,
            line="system",
            time=self._context.now,
            user_id=admitted_by,
            what="you_joined",
        )
        self._rejoins.stopped(group)  # whatever was to be mended before
        self._group_infos.learn(group)
        self._chats.add_line(group, line)
        self._chats.changed(group)
        self._tell_server(group)
        self._connection.follow(group)

    def _confirmed(self, group_id: str, _reply: GroupJoinReply) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None:
            group.confirmed = True
            self._chats.changed(group)

    def _confirm_refused(self, group_id: str, refusal: FunctionRefused) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if refusal.code == "not_a_member":
            return  # what brought this device in was withdrawn: the log's answer ends the group here
        if group is not None:
            self._context.notice(f"The server does not confirm that you joined {group.name}: {refusal.message}")
