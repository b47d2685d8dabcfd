"""Letting joiners in: claim a request, check it against the link's secret, commit the Add, hand over the Welcome."""

from typing import Final

import msgspec

from mls_chat.calls import Calls
from mls_chat.commits import AppliedCommit
from mls_chat.context import Context
from mls_chat.envelope import clean_name
from mls_chat.events import FunctionRefused
from mls_chat.heads import Heads
from mls_chat.identity import CredentialRefused, read_credential, short_id
from mls_chat.link import Link, LinkKeys, LinkRefused, same_mac
from mls_chat.own_commits import OwnCommits, encode_commit
from mls_chat.people import People
from mls_chat.records import AdmissionRecord, GroupRecord, InviteRecord
from mls_chat.rosters import Rosters
from mls_chat.wire.bodies import (
    Empty,
    InviteClaim,
    InviteClaimReply,
    InviteComplete,
    InviteCompleteReply,
    InvitePendingReply,
    InviteRequest,
)
from mls_chat.wire.records import AddedDevice, StoredMessage, WelcomeFor
from mls_rs_python import MlsError

CLAIM_AGAIN_MS: Final = 3_000
REASON_CHARS: Final = 200
CLOSED: Final = frozenset({"request_closed", "request_unknown", "claim_missing", "claim_taken"})
"""Answers to a commit after which there is nothing left to refuse."""


class RequestRefused(Exception):
    """The join request does not hold; the text is the reason told to the joiner."""


class Admissions:
    def __init__(
        self,
        context: Context,
        calls: Calls,
        rosters: Rosters,
        people: People,
        heads: Heads,
        own_commits: OwnCommits,
    ) -> None:
        self._context, self._calls, self._rosters = context, calls, rosters
        self._people, self._heads, self._own_commits = people, heads, own_commits
        self._conflicts: set[str] = set()
        """Ids of commits that the server has already for other bytes."""
        calls.route("invite_pending", self._pending, self._pending_refused)
        calls.route("invite_claim", self._claimed, self._claim_refused)
        calls.route("invite_complete", self._completed, self._complete_refused)

    def resume(self) -> None:
        for admission in self._context.journal.all(AdmissionRecord):
            self._claim(admission)

    def go_on(self, group: GroupRecord) -> None:
        """What waited until the log was read, or until another commit of ours was through."""
        admission = self._context.journal.find(AdmissionRecord, group.group_id)
        if admission is not None and not admission.commit:
            self._claim(admission)

    def ask(self) -> None:
        """Who waits at the door? After a bell, and now and then."""
        if not self._context.journal.all(InviteRecord):
            return
        self._calls.call("invite_pending", "", Empty(), again=True)

    def _pending(self, _subject: str, reply: InvitePendingReply) -> None:
        for request in reply.requests:
            self._consider(request)

    def _pending_refused(self, _subject: str, refusal: FunctionRefused) -> None:
        self._context.notice(f"Join requests can't be read: {refusal.message}")

    def _consider(self, request: InviteRequest) -> None:
        group = self._context.journal.find(GroupRecord, request.group_id)
        invite = self._context.journal.find(InviteRecord, request.invite_id)
        if group is None or group.state != "active" or invite is None or invite.group_id != request.group_id:
            return
        if self._context.journal.find(AdmissionRecord, request.group_id) is None:
            admission = AdmissionRecord(
                group_id=request.group_id,
                request_id=request.request_id,
                invite_id=request.invite_id,
                user_id=request.user_id,
                device_id=request.device_id,
                key_package=request.key_package,
                mac=request.mac,
                sealed_profile=request.sealed_profile,
                message_id=self._context.random_id(),
            )
            self._context.journal.put(admission)
            self._claim(admission)

    def _claim(self, admission: AdmissionRecord) -> None:
        if admission.commit:
            self._send(admission)
        else:
            self._calls.call("invite_claim", admission.group_id, InviteClaim(request_id=admission.request_id))

    def _claimed(self, group_id: str, _reply: InviteClaimReply) -> None:
        admission = self._context.journal.find(AdmissionRecord, group_id)
        group = self._context.journal.find(GroupRecord, group_id)
        if admission is None or admission.commit:
            return
        if group is not None and group.state == "active" and not self._may_commit(group):
            return  # go_on comes back to it
        try:
            self._check(admission)
        except RequestRefused as refused:
            self._refuse(admission, str(refused))
            return
        self._commit(admission)

    def _may_commit(self, group: GroupRecord) -> bool:
        return self._own_commits.may_begin(group) and self._heads.caught_up(group)

    def _keys(self, admission: AdmissionRecord) -> LinkKeys:
        invite = self._context.journal.find(InviteRecord, admission.invite_id)
        if invite is None:
            raise RequestRefused("the link is no longer known here")
        return LinkKeys(self._context.crypto, Link(invite.invite_id, invite.secret))

    def _check(self, admission: AdmissionRecord) -> None:
        """Raises RequestRefused."""
        keys = self._keys(admission)
        expected = keys.join_mac(admission.user_id, admission.device_id, admission.key_package)
        if not same_mac(expected, admission.mac):
            raise RequestRefused("the key package is not bound to the link")
        try:
            name = keys.unseal("profile", admission.sealed_profile).decode("utf-8", "replace")
        except LinkRefused as error:
            raise RequestRefused("the profile is not sealed under the link") from error
        try:
            package = self._context.backend.validate_key_package(admission.key_package, now=self._context.seconds)
            identity = read_credential(self._context.crypto, package.credential, package.signature_key)
        except (MlsError, CredentialRefused) as error:
            raise RequestRefused("the key package is not valid") from error
        if (identity.user_id, identity.device_id) != (admission.user_id, admission.device_id):
            raise RequestRefused("the key package belongs to another device")
        self._people.learn(admission.user_id, clean_name(name), confirmed=False)

    def _refuse(self, admission: AdmissionRecord, reason: str) -> None:
        self._context.journal.delete(admission)
        self._context.notice(f"A request to join by {short_id(admission.user_id)} was refused: {reason}.")
        body = InviteComplete(request_id=admission.request_id, refusal=reason)
        self._calls.call("invite_complete", f"refusal:{admission.request_id}", body)

    def _commit(self, admission: AdmissionRecord) -> None:
        group = self._context.journal.find(GroupRecord, admission.group_id)
        if group is None or group.state != "active":
            self._context.journal.delete(admission)
            return
        if self._is_in(group, admission):
            self._drop(admission.group_id)  # another member was faster
            return
        try:
            body, welcome = self._own_commits.make(group, admission.message_id, add=[admission.key_package])
        except MlsError:
            self._refuse(admission, "the key package can't be added")
            return
        mac = self._keys(admission).welcome_mac(admission.device_id, welcome)
        body.added = [AddedDevice(user_id=admission.user_id, device_id=admission.device_id)]
        body.welcomes = [WelcomeFor(device_id=admission.device_id, welcome=welcome, mac=mac)]
        admission.commit = encode_commit(InviteComplete(request_id=admission.request_id, commit=body))
        self._context.journal.put(admission)
        self._send(admission)

    def _is_in(self, group: GroupRecord, admission: AdmissionRecord) -> bool:
        identity = f"{admission.user_id}/{admission.device_id}".encode()
        if group.lost:
            return False
        members = self._context.backend.look(group.mls_group_id).members()
        return any(member.identity == identity for member in members)

    def _send(self, admission: AdmissionRecord) -> None:
        body = msgspec.msgpack.decode(admission.commit, type=InviteComplete)
        self._calls.call("invite_complete", admission.group_id, body)

    def _completed(self, subject: str, _reply: InviteCompleteReply) -> None:
        """A commit is merged when it comes in the log, in its place; after a refusal the next in line is asked for."""
        if subject.startswith("refusal:"):
            self.ask()

    def commit_applied(self, group: GroupRecord, applied: AppliedCommit) -> None:
        """Ours: the newcomer learns the names and the open links. Another's: ours is made again on the new epoch."""
        admission = self._context.journal.find(AdmissionRecord, group.group_id)
        ours = admission is not None and applied.own and admission.message_id == applied.message.message_id
        if admission is not None and ours:
            self._context.journal.delete(admission)
            self._rosters.send(group)
            self.ask()
        elif admission is not None:
            self._take_back(admission)
            self._claim(admission)

    def passed_by(self, group: GroupRecord, message: StoredMessage) -> None:
        """A commit that could not be read here, since the state is lost; if it is ours, the newcomer is in."""
        admission = self._context.journal.find(AdmissionRecord, group.group_id)
        if admission is not None and admission.commit and admission.message_id == message.message_id:
            self._context.journal.delete(admission)

    def voided(self, group: GroupRecord, message: StoredMessage) -> None:
        """A commit that is void before it was applied here; with ours the request is gone: its joiner asks again."""
        admission = self._context.journal.find(AdmissionRecord, group.group_id)
        if admission is not None and admission.message_id == message.message_id:
            self._calls.forget("invite_complete", group.group_id)
            self._drop(group.group_id)

    def begin_again(self, group: GroupRecord) -> None:
        """What was prepared with keys that are gone, or before a void, is made again."""
        admission = self._context.journal.find(AdmissionRecord, group.group_id)
        if admission is not None:
            self._take_back(admission)
        self.go_on(group)

    def _take_back(self, admission: AdmissionRecord) -> None:
        if admission.commit:
            self._calls.forget("invite_complete", admission.group_id)
            admission.commit = b""
            self._context.journal.put(admission)

    def stopped(self, group: GroupRecord) -> None:
        admission = self._context.journal.find(AdmissionRecord, group.group_id)
        if admission is not None:
            self._context.journal.delete(admission)

    def _claim_refused(self, group_id: str, _refusal: FunctionRefused) -> None:
        admission = self._context.journal.find(AdmissionRecord, group_id)
        if admission is not None and not admission.commit:  # else the answer is older than the commit on its way
            self._drop(group_id)

    def _complete_refused(self, group_id: str, refusal: FunctionRefused) -> None:
        admission = self._context.journal.find(AdmissionRecord, group_id)
        if admission is None:
            return
        if refusal.code in ("stale_epoch", "future_epoch", "not_a_member"):
            # the winner, or our removal, is on its way in the log, and it goes on from there
            self._context.later(f"pull:{group_id}", self._context.jitter(CLAIM_AGAIN_MS))
            return
        if refusal.code == "message_id_conflict":
            self._conflicts.add(admission.message_id)
            self._context.later(f"pull:{group_id}", self._context.jitter(CLAIM_AGAIN_MS))
            return
        self._drop(group_id)
        if refusal.code not in CLOSED:
            self._refuse(admission, f"the server did not take the commit: {refusal.message}"[:REASON_CHARS])

    def log_read(self, group: GroupRecord, _epoch: int) -> None:
        """What was under the id of our commit is behind us and was not that commit: it needs another id."""
        admission = self._context.journal.find(AdmissionRecord, group.group_id)
        if admission is None or admission.message_id not in self._conflicts:
            return
        self._conflicts.discard(admission.message_id)
        if admission.commit:
            self._own_commits.clear(group)
        self._take_back(admission)
        admission.message_id = self._context.random_id()
        self._context.journal.put(admission)
        self._claim(admission)

    def _drop(self, group_id: str) -> None:
        """Somebody else admits, or nobody can: no trace of the commit stays."""
        admission = self._context.journal.find(AdmissionRecord, group_id)
        group = self._context.journal.find(GroupRecord, group_id)
        if admission is None or group is None:
            return
        self._context.journal.delete(admission)
        if admission.commit:
            self._own_commits.clear(group)
        self._context.later("ask", self._context.jitter(CLAIM_AGAIN_MS))
