"""Withdrawing a commit that others can't follow, in memory (see tests/contract)."""

import copy
import uuid
from typing import Final

from fake_invites import Invites
from fake_ledger import Group, Member, refuse
from mls_chat.wire import bodies
from mls_chat.wire.records import StoredMessage

MOST_FLAGS: Final = 3
"""By one device in one epoch."""


class Flags(Invites):
    def commit_flag(self, device: str, body: bodies.CommitFlag) -> bodies.CommitFlagReply:
        group = self._live(device, body.group_id)
        if group.members[device].joined_seq >= body.server_seq:
            raise refuse(404, "commit_unknown")
        for entry in group.log:
            if entry.voids == body.server_seq:
                return bodies.CommitFlagReply(void_seq=entry.server_seq, epoch=entry.epoch)
        commit = next((m for m in self._standing(group) if m.server_seq == body.server_seq), None)
        if commit is None:
            raise refuse(404, "commit_unknown")
        if self._confirmed(group, commit):
            raise refuse(409, "commit_confirmed", epoch=group.epoch)
        mine = [m for m in group.log if (m.msg_kind, m.device_id, m.epoch) == ("void", device, commit.epoch)]
        if len(mine) >= MOST_FLAGS:
            raise refuse(409, "flag_limit")
        return self._void(device, body.group_id, commit)

    def _standing(self, group: Group) -> list[StoredMessage]:
        """The commits that count, and can be undone."""
        undone = group.voided
        return [m for m in group.log if m.msg_kind == "commit" and m.server_seq not in undone]

    def _confirmed(self, group: Group, commit: StoredMessage) -> bool:
        """Whether another device than the committer has gone on from the commit."""

        def acked(device: str, member: Member) -> bool:
            before = device != commit.device_id and device not in {each.device_id for each in commit.added}
            return before and member.left_seq is None and member.acked_seq >= commit.server_seq

        def wrote(entry: StoredMessage) -> bool:
            other = entry.device_id != commit.device_id and entry.msg_kind != "void"
            return other and entry.epoch > commit.epoch

        later = group.log[commit.server_seq :]
        return any(acked(*item) for item in group.members.items()) or any(map(wrote, later))

    def _void(self, device: str, group_id: str, commit: StoredMessage) -> bodies.CommitFlagReply:
        group = self.groups[group_id]
        message_id = str(uuid.UUID(int=9000 + group.head))
        seq = self._store(group, device, message_id, "void", commit.epoch, b"", voids=commit.server_seq)
        group.epoch = commit.epoch
        if group.info is not None and group.info[0] > group.epoch:
            former, group.former_info = group.former_info, None
            group.info = former if former is not None and former[0] <= group.epoch else None
        for each in reversed(self._standing(group)):
            if each.server_seq >= commit.server_seq:
                self._undo(group_id, each.server_seq)
        self._deliver(group_id)
        return bodies.CommitFlagReply(void_seq=seq, epoch=group.epoch)

    def _undo(self, group_id: str, server_seq: int) -> None:
        group = self.groups[group_id]
        group.voided.add(server_seq)
        for touched, before in group.undos.get(server_seq, {}).items():
            group.members.pop(touched, None)
            if before is not None:
                group.members[touched] = copy.copy(before)
        for wraps in group.wraps.values():
            wraps[:] = [wrap for wrap in wraps if wrap[0] != server_seq]
        self._reopen(group_id, server_seq)

    def _reopen(self, group_id: str, server_seq: int) -> None:
        """A request that the commit completed is gone: its joiner asks again, with another key package."""
        for request_id, request in list(self.requests.items()):
            if (request.state, request.request.group_id, request.joined_seq) == ("complete", group_id, server_seq):
                del self.requests[request_id]
                self.invites[request.request.invite_id].uses += 1
                self._tell_joiner(request)
