"""Coming in and letting in."""

from typing import Any

from pytest import MonkeyPatch

from fake_invites import Invites
from mls_chat.admissions import Admissions
from mls_chat.commits import AppliedCommit
from mls_chat.joins import Joins
from mls_chat.records import AdmissionRecord, GroupRecord, JoinRecord
from mls_chat.wire.bodies import InviteClaimReply


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


def request_taken_twice(patch: MonkeyPatch) -> None:
    """The server forgets that a request is answered."""
    patch.setattr(Invites, "_require_open", lambda *_: None)
    patch.setattr(Invites, "_state", lambda _self, request: "kp_submitted")
