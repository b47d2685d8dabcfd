"""From stored lines and outbox rows to what a chat shows; the sentences of system lines and verdicts are here."""

from typing import Final, Literal

from mls_chat.people import People
from mls_chat.records import OUTBOX_ORDER, GroupRecord, LineRecord, OutboxRecord
from mls_chat.view import LineView
from mls_chat.wire.records import StoredMessage

SYSTEM: Final = {
    "created": "{user} created the group",
    "joined": "{subject} joined, let in by {user}",
    "you_joined": "You joined, let in by {user}",
    "removed": "{user} removed {subject}",
    "you_removed": "You were removed from the group",
    "rejoined": "{user} reconnected with new keys",
    "you_rejoined": "You reconnected with new keys",
    "entered": "{user} added a device",
    "you_entered": "This device joined the group",
    "device_removed": "{user} removed a device of {subject}",
    "replaced": "Another copy of this device took its place",
    "renamed": "{user} renamed the group to “{text}”",
    "withdrawn": "A change to the group was withdrawn: {user} could not follow it",
}

PROBLEMS: Final = {
    "corrupt": "A message from {user} could not be read: it was damaged on its way or never was a message.",
    "header_mismatch": "A message was set aside: what the server said of it contradicts the message itself.",
    "wrong_sender": "A message was set aside: the server named {user} as its sender, but somebody else wrote it.",
    "old_epoch": "A message from {user} arrived too late to be read: its keys are already gone.",
    "used_keys": "A message from {user} was set aside: its keys were used before (a repeated message).",
    "not_understood": "A message from {user} needs a newer version of mls-chat. Reload to update.",
    "own_lost": "A message that you sent from an earlier state of this device can't be shown here.",
    "external_commit": "A device tried to enter without an invitation. It is kept out.",
    "proposal": "A proposal from {user} was set aside: this version of mls-chat does not use proposals.",
    "bad_commit": "A change to the group by {user} could not be applied on this device.",
    "membership_mismatch": "The server announced another change of members, or another author, than the one made. "
    "Do not trust this server until this is explained.",
    "damaged": "The stored copy of a message was damaged on this device and can't be shown. Nothing else is affected.",
    "newer": "A message was stored here by a newer version of mls-chat. Reload to update.",
    "state_lost": "{text} came while this device had lost its keys for this group and can't be read here.",
    "withdrawn": "A message from {user} belongs to a change that was withdrawn. It is sent again.",
    "withdrawn_late": "The server withdrew a change that others had already confirmed. "
    "Do not trust this server until this is explained.",
    "history_missing": "Messages from before this device joined are missing here.",
    "history_gone": "Older messages are no longer on the server.",
}


def line_of(
    group: GroupRecord,
    message: StoredMessage,
    line: Literal["text", "system", "problem"],
    what: str = "",
    part: int = 0,
) -> LineRecord:
    """At the place of a log entry. `what`: a key of SYSTEM or PROBLEMS; `part`: which of several lines of the entry."""
    return LineRecord(
        group_id=group.group_id,
        server_seq=message.server_seq,
        part=part,
        line=line,
        time=message.server_time,
        user_id=message.user_id,
        what=what,
    )


def unreadable_line(key: str, what: str, time: int) -> LineRecord:
    """What stands in the place of a stored line that can't be read: of the line itself only its key is known."""
    group_id, _, place = key.rpartition("/")
    seq, part = (int(number) if number.isdecimal() else 0 for number in place.partition(".")[::2])
    return LineRecord(group_id=group_id, server_seq=seq, part=part, line="problem", time=time, user_id="", what=what)


def render_line(line: LineRecord, people: People) -> LineView:
    names = {"user": people.name_of(line.user_id), "subject": people.name_of(line.subject_id)}
    texts = SYSTEM if line.line == "system" else PROBLEMS
    text = line.text if line.line == "text" else texts[line.what].format(**names, text=_said(line))
    return LineView(
        id=line.message_id if line.own else f"{line.server_seq}.{line.part}",
        line=line.line,
        order=line.order,
        time=line.time,
        text=text,
        sender=names["user"] if line.line == "text" else "",
        sender_id=line.user_id,
        own=line.own,
        state="sent" if line.own and line.line == "text" else "",
    )


def _said(line: LineRecord) -> str:
    """What the line keeps beside who and what."""
    if line.what == "state_lost":
        return "A message" if line.text == "1" else f"{line.text} messages"
    return line.text


def render_outbox(row: OutboxRecord, people: People, user_id: str) -> LineView:
    return LineView(
        id=row.message_id,
        line="text",
        order=OUTBOX_ORDER + row.client_seq,
        time=row.created_at,
        text=row.text,
        sender=people.name_of(user_id),
        sender_id=user_id,
        own=True,
        state=row.state,
        error=row.error,
    )
