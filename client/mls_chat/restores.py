"""History from the backup: fetched part by part when the account comes to a new device, or only to rehearse that."""

from collections.abc import Callable
from typing import Final

from mls_chat.account_secrets import AccountSecrets
from mls_chat.backoff import pause_ms
from mls_chat.backup_segments import Segment, SegmentRefused, open_segment, restored
from mls_chat.calls import Calls
from mls_chat.chats import Chats
from mls_chat.context import Context
from mls_chat.events import FunctionRefused
from mls_chat.people import People
from mls_chat.records import GroupRecord, LineRecord, RestoreRecord
from mls_chat.view import HistoryView
from mls_chat.wire.bodies import BackupGet, BackupGetReply, BackupStateReply, Empty

SENTENCES: Final = {
    "foreign": "A part of your backup was not made by a device of your account. It was left out.",
    "damaged": "A part of your backup is damaged. It was left out.",
    "newer": "A part of your backup was made by a newer version of mls-chat. Reload to update, and sign in again.",
    "misplaced": "A part of your backup stands in the wrong place. It was left out.",
}
PATIENCE_MS: Final = 180_000
WAIT_BASE_MS: Final = 1_000
WAIT_CAP_MS: Final = 30_000
"""Another device of the account saves what is missing within moments, where there is one."""
MISSING_PART: Final = 999
SEALED: Final = "Your history is in your backup. To fetch it, sign in on a new device."


class Rehearsal:
    """What a rehearsed restore has found so far."""

    def __init__(self, state: BackupStateReply) -> None:
        self.state, self.next, self.lines = state, 0, 0
        self.groups: set[str] = set()

    @property
    def sentence(self) -> str:
        return (
            f"Your backup can be restored: {self.lines} messages and events of {len(self.groups)} groups "
            f"in {self.state.count} parts ({self.state.bytes // 1024 + 1} KiB)."
        )


class Restores:
    def __init__(self, context: Context, calls: Calls, secrets: AccountSecrets, chats: Chats, people: People) -> None:
        self._context, self._calls, self._secrets = context, calls, secrets
        self._chats, self._people = chats, people
        self._rehearsal: Rehearsal | None = None
        self._troubles: list[str] = []
        self.compared = False
        """Whether the server has told of all groups of the account since the start."""
        self.said: Callable[[str], None] = lambda step: None
        """Set by the engine: how the rehearsal goes, empty for nothing any more."""
        self.failed: Callable[[str], None] = lambda sentence: None
        """Set by the engine."""
        self.rehearsed: Callable[[str], None] = lambda sentence: None
        """Set by the engine: the rehearsal's outcome."""
        calls.route("backup_get", self._got, self._refused)

    @property
    def running(self) -> RestoreRecord | None:
        return next(iter(self._context.journal.all(RestoreRecord)), None)

    def begin(self, since: int = 0) -> None:
        """On a device that is new; goes on when it is registered."""
        self._context.journal.put(RestoreRecord(since=since, begun_at=self._context.now))

    def go_on(self) -> None:
        """Asks for the next segment, or first how many there are."""
        restore = self.running
        if restore is None:
            return
        if not self._secrets.backup_secret_key:
            self._end(restore, HistoryView(stage="failed", text=SEALED))
        else:
            self.look_again()

    def _fetch(self, restore: RestoreRecord) -> None:
        if restore.next < restore.count:
            self._show(restore)
            self._secrets.used()
            body = BackupGet(generation=restore.generation, number=restore.next)
            self._calls.call("backup_get", f"restore:{restore.next}", body)
        elif self._waits(restore):
            if not restore.tries:
                self._context.show(self._outcome(restore))
            restore.tries += 1
            self._context.journal.put(restore)
            delay = pause_ms(restore.tries, WAIT_BASE_MS, WAIT_CAP_MS)
            self._context.later("restore", self._context.jitter(delay))
        else:
            self._end(restore, self._outcome(restore))

    def look_again(self) -> None:
        """Another device of the account may have saved what was still missing."""
        if self.running is not None:
            self._calls.call("backup_state", "restore", Empty())

    def _waits(self, restore: RestoreRecord) -> bool:
        """Whether the account's other devices may still bring something: this device is on its way into a group, or the
        backup does not reach the place where it came in."""
        groups = [group for group in self._context.journal.all(GroupRecord) if group.kind == "chat"]
        missing = any(group.state == "entering" or _is_missing(group, restore.upto) for group in groups)
        early = self._context.now - restore.begun_at < PATIENCE_MS
        return early and (missing or not self.compared)

    def arrived(self, group: GroupRecord) -> None:
        """A new device reads the group from here on; without a restore nothing comes of what was before."""
        if self.running is None:
            self._settle(group, {})

    def _settle(self, group: GroupRecord, upto: dict[str, int]) -> None:
        if group.settled or not group.entered_seq:
            return
        group.settled = True
        lines = [_mark_of(group, self._context.now)] if _is_missing(group, upto) else []
        self._chats.put_history(group, group.name, lines)

    def _outcome(self, restore: RestoreRecord) -> HistoryView:
        if self._troubles:
            return HistoryView(stage="failed", text=" ".join(dict.fromkeys(self._troubles)))
        if not restore.lines:
            return HistoryView(stage="none")
        return HistoryView(
            stage="done", done=restore.count, total=restore.count, text="Your history is back from your backup."
        )

    def show(self, tab: str | None = None) -> None:
        if (restore := self.running) is not None:
            self._show(restore, tab)

    def _show(self, restore: RestoreRecord, tab: str | None = None) -> None:
        self._context.show(HistoryView(stage="loading", done=restore.next, total=restore.count), tab)

    def _end(self, restore: RestoreRecord, view: HistoryView) -> None:
        for group in self._context.journal.all(GroupRecord):
            self._settle(group, restore.upto)
        self._context.journal.delete(restore)
        self._troubles = []
        self._context.show(view)
        self._secrets.put_away()

    def told(self, subject: str, reply: BackupStateReply) -> None:
        if subject == "rehearse":
            self._rehearsal = Rehearsal(reply)
            self._rehearse_on(self._rehearsal)
        elif (restore := self.running) is not None:
            if reply.generation != restore.generation:
                restore.generation, restore.next = reply.generation, 0
            restore.count, restore.upto = reply.count, reply.upto
            self._context.journal.put(restore)
            self._fetch(restore)

    def _got(self, subject: str, reply: BackupGetReply) -> None:
        purpose, _, number = subject.partition(":")
        if purpose == "rehearse":
            self._rehearsed(int(number), reply)
            return
        restore = self.running
        if restore is None or int(number) != restore.next:
            return
        try:
            self._take(restore, self._open(restore.generation, restore.next, reply.segment))
        except SegmentRefused as refused:
            self._troubles.append(SENTENCES[refused.what])
        restore.next += 1
        self._context.journal.put(restore)
        self._fetch(restore)

    def _open(self, generation: int, number: int, sealed: bytes) -> Segment:
        """Raises SegmentRefused."""
        account = self._context.account
        return open_segment(
            self._context.crypto,
            self._secrets.backup_secret_key,
            account.storage_key,
            account.user_id,
            generation,
            number,
            sealed,
        )

    def _take(self, restore: RestoreRecord, segment: Segment) -> None:
        for user_id, name in segment.names.items():
            self._people.learn(user_id, name, confirmed=False)
        for saved in segment.groups:
            group = self._context.journal.find(GroupRecord, saved.group_id)
            if group is None:  # only its history is here, as long as the device is not in it
                group = GroupRecord(
                    group_id=saved.group_id,
                    mls_group_id=b"",
                    name=saved.name,
                    state="removed",
                    created_at=saved.created_at,
                )
            lines = [
                self._own(restored(saved.group_id, line))
                for line in saved.lines
                if line.time >= restore.since and not (0 < group.entered_seq <= line.server_seq <= group.cursor)
            ]
            self._chats.put_history(group, saved.name, lines)
            restore.lines += len(lines)

    def _own(self, line: LineRecord) -> LineRecord:
        """As this device would tell it: another one came in there."""
        if line.what == "you_entered":
            line.what, line.user_id = "entered", self._context.account.user_id
        return line

    def _refused(self, subject: str, refusal: FunctionRefused) -> None:
        if subject.startswith("rehearse"):
            self._rehearsal = None
            self.failed(f"The backup can't be read: {refusal.message}")
        elif (restore := self.running) is not None:
            if refusal.code == "backup_unknown":  # it was written anew meanwhile
                self.look_again()
            else:
                self._end(restore, HistoryView(stage="failed", text=f"The backup can't be read: {refusal.message}"))

    # Rehearsal

    def rehearse(self) -> None:
        """The account's secrets are open."""
        self.said("Asking for your backup")
        self._calls.call("backup_state", "rehearse", Empty())

    def _rehearse_on(self, rehearsal: Rehearsal) -> None:
        if not rehearsal.state.count:
            self._rehearsal = None
            self.failed("There is no backup yet. It is made by itself while you chat.")
        elif rehearsal.next < rehearsal.state.count:
            self.said(f"Opening part {rehearsal.next + 1} of {rehearsal.state.count}")
            self._secrets.used()
            body = BackupGet(generation=rehearsal.state.generation, number=rehearsal.next)
            self._calls.call("backup_get", f"rehearse:{rehearsal.next}", body)
        else:
            self._rehearsal = None
            self.said("")
            self.rehearsed(rehearsal.sentence)

    def _rehearsed(self, number: int, reply: BackupGetReply) -> None:
        rehearsal = self._rehearsal
        if rehearsal is None or number != rehearsal.next:
            return
        if not self._secrets.backup_secret_key:
            self._rehearsal = None
            self.failed("That took too long. Try again.")
            return
        try:
            segment = self._open(rehearsal.state.generation, number, reply.segment)
        except SegmentRefused as refused:
            self._rehearsal = None
            self.failed(SENTENCES[refused.what])
            return
        rehearsal.next += 1
        rehearsal.lines += sum(len(group.lines) for group in segment.groups)
        rehearsal.groups |= {group.group_id for group in segment.groups}
        self._rehearse_on(rehearsal)


def _is_missing(group: GroupRecord, upto: dict[str, int]) -> bool:
    """Whether there may be something between what the backup holds and the place where this device came in."""
    return group.entered_seq > upto.get(group.group_id, 0) + 1


def _mark_of(group: GroupRecord, now: int) -> LineRecord:
    return LineRecord(
        group_id=group.group_id,
        server_seq=group.entered_seq - 1,
        part=MISSING_PART,
        line="problem",
        time=now,
        user_id="",
        what="history_missing",
    )
