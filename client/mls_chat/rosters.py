"""Who newcomers are told about: names and open links, from whoever let them in, or from the first that sees them."""

from typing import Final

from mls_chat.commits import AppliedCommit
from mls_chat.context import Context
from mls_chat.envelope import Roster
from mls_chat.invites import Invites
from mls_chat.outbox import Outbox
from mls_chat.people import People
from mls_chat.records import GroupRecord

OWN_MS: Final = 500
OTHERS_MS: Final = 8_000
"""A device that came in by itself hears the names from its account's other devices, or from another member."""


class Rosters:
    def __init__(self, context: Context, invites: Invites, outbox: Outbox, people: People) -> None:
        self._context, self._invites, self._outbox, self._people = context, invites, outbox, people
        self._due: set[str] = set()

    def send(self, group: GroupRecord) -> None:
        members = self._context.backend.look(group.mls_group_id).members()
        users = [member.identity.decode().partition("/")[0] for member in members]
        names = self._people.known(users)
        self._outbox.enqueue(group, Roster(names=names, invites=self._invites.open_invites(group.group_id)))

    def commit_applied(self, group: GroupRecord, applied: AppliedCommit) -> None:
        if applied.entered and group.kind == "chat":
            own = applied.committer_user == self._context.account.user_id
            self._due.add(group.group_id)
            delay = self._context.jitter(OWN_MS if own else OTHERS_MS)
            self._context.later(f"roster:{group.group_id}", delay)

    def heard(self, group_id: str) -> None:
        """Somebody else was faster."""
        self._due.discard(group_id)

    def send_due(self, group_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group_id in self._due and group is not None and group.state == "active" and not group.lost:
            self._due.discard(group_id)
            self.send(group)
