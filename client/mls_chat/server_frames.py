"""Frames of the delivery channel: each goes to the part that it concerns."""

import msgspec

from mls_chat.calls import TOKEN_CODES
from mls_chat.parts import Parts
from mls_chat.records import GroupRecord
from mls_chat.timers import POLL_CONNECTED_MS
from mls_chat.wire import frames
from mls_chat.wire.frames import decode_server


class ServerFrames:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def received(self, data: bytes) -> None:
        self._parts.connection.heard()
        try:
            frame = decode_server(data)
        except msgspec.DecodeError as error:
            self._parts.context.notice(f"The server sent something that this version does not understand: {error}")
            return
        match frame:
            case frames.Deliver():
                self._parts.log.delivered(frame)
            case frames.Sent():
                self._parts.outbox.sent(frame)
            case frames.Subscribed(groups=heads):
                self._subscribed(heads)
            case frames.WelcomeBell(request_id=request_id):
                self._parts.joins.poll(request_id)
            case frames.InviteBell():
                self._parts.admissions.ask()
            case frames.GroupInfoBell(group_id=group_id):
                self._parts.group_infos.rung(group_id)
            case frames.DevicesBell(user_id=user_id):
                self._parts.device_logs.rung(user_id)
                self._parts.account_panel.ask()
            case frames.Removed(group_id=group_id):
                group = self._parts.context.journal.find(GroupRecord, group_id)
                if group is not None:
                    self._parts.log.pull(group)
            case frames.Error():
                self._error(frame)
            case frames.Signal() | frames.Pong():
                pass  # nothing of this version is carried by signals; a pong has been heard above

    def _subscribed(self, heads: dict[str, int]) -> None:
        if self._parts.connection.subscribed():
            self._parts.outbox.channel_opened()
            self._parts.groups.compare()
            self._parts.device_logs.refresh(self._parts.context.account.user_id)
            self._parts.joins.poll()
            self._parts.admissions.ask()
            self._parts.context.later("poll", POLL_CONNECTED_MS)
        self._parts.log.told_heads(heads)
        for group in self._parts.context.journal.all(GroupRecord):
            self._parts.outbox.flush(group)

    def _error(self, frame: frames.Error) -> None:
        if frame.message_id is not None:
            self._parts.outbox.refused(frame)
        elif frame.code in TOKEN_CODES:
            self._parts.outbox.channel_closed()
            self._parts.connection.token_refused()
        elif frame.code in ("not_a_member", "not_subscribed") and frame.group_id is not None:
            group = self._parts.context.journal.find(GroupRecord, frame.group_id)
            if group is not None:
                self._parts.log.pull(group)
        else:
            self._parts.context.notice(f"The server says: {frame.message}")
