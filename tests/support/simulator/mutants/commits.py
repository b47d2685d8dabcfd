"""Commits: merged, followed, withdrawn, and the way back."""

from pytest import MonkeyPatch

from mls_chat.admissions import Admissions
from mls_chat.changes import Changes
from mls_chat.records import AdmissionRecord, GroupRecord
from mls_chat.rejoins import Rejoins
from mls_chat.withdrawals import Withdrawals


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


def bad_commit_not_flagged(patch: MonkeyPatch) -> None:
    patch.setattr(Withdrawals, "flag", lambda *_: None)


def void_not_undone(patch: MonkeyPatch) -> None:
    patch.setattr(Withdrawals, "_restore", lambda *_: None)


def no_checkpoints(patch: MonkeyPatch) -> None:
    patch.setattr(Withdrawals, "keep", lambda *_: None)


def lost_state_not_healed(patch: MonkeyPatch) -> None:
    patch.setattr(Rejoins, "begin", lambda *_, **__: None)


def loser_of_a_change_gives_up(patch: MonkeyPatch) -> None:
    patch.setattr(Changes, "commit_applied", lambda *_: None)
