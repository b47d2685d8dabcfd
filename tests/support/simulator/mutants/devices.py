"""The devices of an account: who comes in, who is put out, what each is told, and what is left on it."""

from typing import Any

import msgspec
from pytest import MonkeyPatch

from mls_chat import commits, device_logs
from mls_chat.account_log import entry_digest
from mls_chat.account_secrets import AccountSecrets
from mls_chat.changes import Changes
from mls_chat.commits import AppliedCommit
from mls_chat.device_logs import DeviceLogs
from mls_chat.outbox import Outbox
from mls_chat.records import GroupRecord, RejoinRecord
from mls_chat.rejoins import Rejoins
from mls_chat.restores import Restores
from mls_chat.self_group import SelfGroup
from mls_chat.session import Session


def revoked_leaf_stays(patch: MonkeyPatch) -> None:
    patch.setattr(Changes, "remove_device", lambda *_: None)


def strangers_may_come(patch: MonkeyPatch) -> None:
    patch.setattr(commits, "_may_come", lambda *_: True)


def log_chain_not_checked(patch: MonkeyPatch) -> None:
    """Neither the signatures nor what each entry follows."""

    def careless(_crypto: Any, user_id: str, _key: bytes, head: bytes, _number: int, entries: Any) -> bytes:
        return entry_digest(user_id, entries[-1]) if entries else head

    patch.setattr(device_logs, "check_log", careless)


def log_claims_not_compared(patch: MonkeyPatch) -> None:
    patch.setattr(DeviceLogs, "claimed", lambda *_: None)


def declared_changes_believed(patch: MonkeyPatch) -> None:
    patch.setattr(AppliedCommit, "matches_declaration", property(lambda _: True))


def sends_before_it_has_entered(patch: MonkeyPatch) -> None:
    """A device that comes in takes its new state for the group's before the log has its commit."""
    commit = Rejoins._commit

    def bold(self: Rejoins, group: GroupRecord, rejoin: RejoinRecord, reply: Any) -> None:
        commit(self, group, rejoin, reply)
        if rejoin.reason == "new_device":
            self._context.backend.replace_group(rejoin.mls_group_id, rejoin.entries)
            group.mls_group_id, group.state, group.lost = rejoin.mls_group_id, "active", False
            self._heads.tell(group.group_id, group.cursor)
            self._chats.changed(group)

    patch.setattr(Rejoins, "_commit", bold)
    patch.setattr(Outbox, "_may_send", lambda _, group: group.state == "active" and not group.lost)


def history_restored_twice(patch: MonkeyPatch) -> None:
    take = Restores._take

    def twice(self: Restores, restore: Any, segment: Any) -> None:
        for group in segment.groups:
            group.lines += [msgspec.structs.replace(line, part=99) for line in group.lines]
        take(self, restore, segment)

    patch.setattr(Restores, "_take", twice)


def gap_in_the_history_not_told(patch: MonkeyPatch) -> None:
    patch.setattr(Restores, "_settle", lambda *_: None)


def secrets_stay(patch: MonkeyPatch) -> None:
    patch.setattr(AccountSecrets, "put_away", lambda _: None)


def unsent_texts_not_handed_back(patch: MonkeyPatch) -> None:
    patch.setattr(Session, "_unsent", lambda _: [])


def own_group_left_alone(patch: MonkeyPatch) -> None:
    """A device that comes in is told nothing."""
    patch.setattr(SelfGroup, "arrived", lambda *_: None)
