"""The verdict on a log entry that can't be shown or used: a line that says why, and whose fault it seems to be."""

from typing import Final

from mls_chat.alerts import raise_alert
from mls_chat.chats import Chats
from mls_chat.context import Context
from mls_chat.lines import line_of
from mls_chat.records import GroupRecord
from mls_chat.rejoins import Rejoins
from mls_chat.wire.records import StoredMessage

STATE_LOST_PART: Final = 152
"""Beside what an entry has brought before, where it is read a second time after a loss."""
UNREADABLE: Final = 3
"""Messages in a row that can't be decrypted, until this device takes itself for the one that has gone astray."""


class Verdicts:
    def __init__(self, context: Context, chats: Chats, rejoins: Rejoins) -> None:
        self._context, self._chats, self._rejoins = context, chats, rejoins

    def problem(self, group: GroupRecord, message: StoredMessage, what: str, part: int = 0) -> None:
        """`what` is a key of lines.PROBLEMS."""
        self._chats.add_line(group, line_of(group, message, "problem", what, part))

    def astray(self, group: GroupRecord, message: StoredMessage) -> None:
        """One entry may be anybody's fault; several in a row are ours."""
        group.unreadable += 1
        if group.unreadable >= UNREADABLE:
            raise_alert(group, "unreadable", message.user_id)
            self._rejoins.begin(group, "unreadable")

    def state_lost(self, group: GroupRecord, message: StoredMessage) -> None:
        """One line for all that comes until the device is back."""
        own = self._context.account.device_id
        if own in message.removed and own not in [each.device_id for each in message.added]:
            group.state = "removed"  # by the server's word alone; one that lists this device again is asked again
        if not group.lost_from:
            group.lost_from, group.lost_count = message.server_seq, 0
        group.lost_count += 1
        line = line_of(group, message, "problem", "state_lost", STATE_LOST_PART)
        line.server_seq, line.text = group.lost_from, str(group.lost_count)
        self._chats.add_line(group, line)
