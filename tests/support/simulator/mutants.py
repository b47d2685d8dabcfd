"""Planted bugs: each breaks one rule that the product lives by; the simulator must notice every one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from pytest import MonkeyPatch

from fake_invites import Invites
from fake_ledger import Ledger
from mls_chat import commits, effects, events, received_messages
from mls_chat.admissions import Admissions
from mls_chat.backend import Backend
from mls_chat.changes import Changes
from mls_chat.commits import AppliedCommit
from mls_chat.heads import Heads
from mls_chat.inbox import Inbox
from mls_chat.joins import Joins
from mls_chat.journal import Journal
from mls_chat.log import Log
from mls_chat.outbox import Outbox
from mls_chat.records import MLS_TABLE, AdmissionRecord, GroupRecord, JoinRecord, OutboxRecord, Record
from mls_chat.rejoins import Rejoins
from mls_chat.wire.bodies import InviteClaimReply, SendMessage, SendMessageReply
from mls_chat.wire.frames import Deliver
from mls_chat.withdrawals import Withdrawals
from mls_rs_python import Group
from simulator.device import SimDevice
from simulator.plan import Fault
from world import Crash

Plant = Callable[[MonkeyPatch], None]


def skip_the_save(patch: MonkeyPatch) -> None:
    """A group's changes stay in memory."""

    @contextmanager
    def take(self: Backend, group_id: bytes) -> Iterator[Group]:
        group = self._idle.pop(group_id, None) or self._client.load_group(group_id)
        yield group
        self._idle[group_id] = group

    patch.setattr(Backend, "take", take)


def merge_before_accepted(patch: MonkeyPatch) -> None:
    commit = Admissions._commit

    def early(self: Admissions, admission: AdmissionRecord) -> None:
        commit(self, admission)
        group = self._context.journal.find(GroupRecord, admission.group_id)
        assert group is not None
        with self._context.backend.take(group.mls_group_id) as mls:
            if mls.has_pending_commit:
                mls.apply_pending_commit()

    patch.setattr(Admissions, "_commit", early)


def acknowledge_before_the_commit(patch: MonkeyPatch) -> None:
    delivered = Log.delivered

    def eager(self: Log, frame: Deliver) -> None:
        group = self._context.journal.find(GroupRecord, frame.group_id)
        if group is not None:
            cursor, group.cursor = group.cursor, frame.messages[-1].server_seq
            self._connection.acknowledge(group)
            group.cursor = cursor
        delivered(self, frame)

    patch.setattr(Log, "delivered", eager)


def no_dedupe_on_the_server(patch: MonkeyPatch) -> None:
    send = Ledger.send_message

    def careless(self: Ledger, device: str, body: SendMessage) -> SendMessageReply:
        self.groups[body.group_id].client_seqs.clear()
        return send(self, device, body)

    patch.setattr(Ledger, "_known", lambda *_: None)
    patch.setattr(Ledger, "send_message", careless)


def no_dedupe_on_the_device(patch: MonkeyPatch) -> None:
    deliver = Inbox.deliver

    def again(self: Inbox, group_id: str, messages: Any) -> bool:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and messages:
            group.cursor = min(group.cursor, messages[0].server_seq - 1)
        return deliver(self, group_id, messages)

    patch.setattr(Inbox, "deliver", again)


def no_epoch_check(patch: MonkeyPatch) -> None:
    patch.setattr(Ledger, "_check_epoch", lambda *_: None)


def cursor_past_an_unread_message(patch: MonkeyPatch) -> None:
    deliver = Inbox.deliver

    def careless(self: Inbox, group_id: str, messages: Any) -> bool:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and messages:
            group.cursor = max(group.cursor, messages[0].server_seq - 1)
        return deliver(self, group_id, messages)

    patch.setattr(Inbox, "deliver", careless)


def no_pull_over_a_gap(patch: MonkeyPatch) -> None:
    patch.setattr(Log, "pull", lambda *_: None)


def old_state_after_a_restart(patch: MonkeyPatch) -> None:
    """The MLS state comes back as it was at the start before, everything else as it is."""
    build, kept = SimDevice.build, "_kept_for_the_mutant"

    def restored(self: SimDevice, rows: list[effects.Row]) -> Any:
        old = getattr(self, kept, None)
        setattr(self, kept, [row for row in rows if row.table == MLS_TABLE])
        if old:
            rows = [row for row in rows if row.table != MLS_TABLE] + old
        return build(self, rows)

    patch.setattr(SimDevice, "build", restored)


def effects_before_writes(patch: MonkeyPatch) -> None:
    def settle(
        self: SimDevice,
        batch: list[events.Event],
        writes: list[effects.Write],
        todo: list[effects.Effect],
        fault: Fault | None,
    ) -> None:
        self.perform(todo)
        if fault:
            raise Crash
        self.store(batch, writes)

    patch.setattr(SimDevice, "_settle", settle)


def _forgetting(kind: type[Record]) -> Plant:
    def plant(patch: MonkeyPatch) -> None:
        put = Journal.put

        def forgetful(self: Journal, record: Record, *, keep: bool = True) -> None:
            put(self, record, keep=keep)
            if isinstance(record, kind):
                del self._writes[record.table, record.key]

        patch.setattr(Journal, "put", forgetful)

    return plant


def join_key_package_not_stored(patch: MonkeyPatch) -> None:
    put_mls = Journal.put_mls

    def forgetful(self: Journal, changes: Any) -> None:
        put_mls(self, [change for change in changes if change[0] != "key_package"])

    patch.setattr(Journal, "put_mls", forgetful)


def encrypt_again_instead_of_repeating(patch: MonkeyPatch) -> None:
    flush = Outbox.flush

    def anew(self: Outbox, group: GroupRecord) -> None:
        for row in self._waiting(group):
            row.mls_bytes = b""
        flush(self, group)

    patch.setattr(Outbox, "flush", anew)


def claim_not_asked_for(patch: MonkeyPatch) -> None:
    claim = Admissions._claim

    def bold(self: Admissions, admission: AdmissionRecord) -> None:
        if admission.commit:
            claim(self, admission)
        else:
            self._claimed(admission.group_id, InviteClaimReply(admission.request_id, 0))

    patch.setattr(Admissions, "_claim", bold)


def joiner_not_checked(patch: MonkeyPatch) -> None:
    patch.setattr(Admissions, "_check", lambda *_: None)


def poll_answer_applied_twice(patch: MonkeyPatch) -> None:
    polled = Joins._polled

    def twice(self: Joins, invite_id: str, reply: Any) -> None:
        join = self._context.journal.find(JoinRecord, invite_id)
        polled(self, invite_id, reply)
        if join is not None and reply.state == "complete":
            self._context.journal.put(join)
            polled(self, invite_id, reply)

    patch.setattr(Joins, "_polled", twice)


def faster_member_not_noticed(patch: MonkeyPatch) -> None:
    patch.setattr(Admissions, "_is_in", lambda *_: False)


def loser_of_a_race_gives_up(patch: MonkeyPatch) -> None:
    applied = Admissions.commit_applied

    def idle(self: Admissions, group: GroupRecord, commit: AppliedCommit) -> None:
        if commit.own:
            applied(self, group, commit)

    patch.setattr(Admissions, "commit_applied", idle)


def echo_does_not_free_what_waits(patch: MonkeyPatch) -> None:
    deliver = Inbox.deliver

    def idle(self: Inbox, group_id: str, messages: Any) -> bool:
        flush = self._outbox.flush
        self._outbox.flush = lambda group: None  # type: ignore[method-assign]
        try:
            return deliver(self, group_id, messages)
        finally:
            self._outbox.flush = flush  # type: ignore[method-assign]

    patch.setattr(Inbox, "deliver", idle)


def bad_commit_not_flagged(patch: MonkeyPatch) -> None:
    patch.setattr(Withdrawals, "flag", lambda *_: None)


def void_not_undone(patch: MonkeyPatch) -> None:
    patch.setattr(Withdrawals, "_restore", lambda *_: None)


def no_checkpoints(patch: MonkeyPatch) -> None:
    patch.setattr(Withdrawals, "checkpoint", lambda *_, **__: None)


def lost_state_not_healed(patch: MonkeyPatch) -> None:
    patch.setattr(Rejoins, "begin", lambda *_, **__: None)


def sends_before_the_log_is_read(patch: MonkeyPatch) -> None:
    """A device that was set back uses its keys a second time."""
    patch.setattr(Heads, "caught_up", lambda *_: True)
    patch.setattr(Rejoins, "begin", lambda *_, **__: None)


def histories_not_compared(patch: MonkeyPatch) -> None:
    patch.setattr(received_messages, "agrees", lambda *_: True)


def loser_of_a_change_gives_up(patch: MonkeyPatch) -> None:
    patch.setattr(Changes, "commit_applied", lambda *_: None)


def external_commit_of_anybody(patch: MonkeyPatch) -> None:
    patch.setattr(commits, "_rejoiner", lambda _received: b"")


def request_taken_twice(patch: MonkeyPatch) -> None:
    """The server forgets that a request is answered."""
    patch.setattr(Invites, "_require_open", lambda *_: None)
    patch.setattr(Invites, "_state", lambda _self, request: "kp_submitted")


MUTANTS: Final[dict[str, Plant]] = {
    plant.__name__: plant
    for plant in (
        skip_the_save,
        merge_before_accepted,
        acknowledge_before_the_commit,
        no_dedupe_on_the_server,
        no_dedupe_on_the_device,
        no_epoch_check,
        cursor_past_an_unread_message,
        no_pull_over_a_gap,
        old_state_after_a_restart,
        effects_before_writes,
        join_key_package_not_stored,
        encrypt_again_instead_of_repeating,
        claim_not_asked_for,
        joiner_not_checked,
        poll_answer_applied_twice,
        loser_of_a_race_gives_up,
        faster_member_not_noticed,
        echo_does_not_free_what_waits,
        request_taken_twice,
        bad_commit_not_flagged,
        void_not_undone,
        no_checkpoints,
        lost_state_not_healed,
        sends_before_the_log_is_read,
        histories_not_compared,
        loser_of_a_change_gives_up,
        external_commit_of_anybody,
    )
} | {
    "outbox_row_not_stored": _forgetting(OutboxRecord),
    "cursor_not_stored": _forgetting(GroupRecord),
    "join_not_stored": _forgetting(JoinRecord),
}
