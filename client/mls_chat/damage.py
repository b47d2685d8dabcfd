"""Stored rows that can't be read: whom that concerns, and what to tell the person."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from mls_chat.effects import DamagedRow
from mls_chat.ports import AccountGone, Loaded
from mls_chat.records import MLS_TABLE, AccountRecord

_EPOCH_BYTES: Final = 8
_WHAT: Final = {
    "mls": "keys of a group, which gets new ones",
    "groups": "a group, which is fetched again",
    "outbox": "a message on its way, which was not sent",
    "invites": "an invite link of a group",
    "joins": "a joining by link: open the link again",
    "admissions": "the letting in of somebody: they may have to join again",
    "changes": "a change of a group that you asked for: ask again",
    "rejoins": "a reconnection that was under way: it begins again",
    "checkpoints": "an earlier state of a group",
    "sent": "the note of a message that was sent",
    "secrets": "the account's secrets, as long as they were kept here: a passkey or the recovery code opens them again",
    "contacts": "the mark of a person whom you have verified: compare the safety code again",
    "settings": "something that you have set: set it again",
    "drafts": "a text that was not sent yet",
    "untold": "the note of what your other devices were still to be told",
    "restores": "the note of how far your history was fetched: it is fetched again",
    "device_logs": "a list of devices, which is fetched again",
    "names": "a person's name, which is shown again when it is heard again",
    "tabs": "what a tab was still to hear",
}


def check_account(loaded: Loaded) -> None:
    """A storage that holds anything holds its account. Raises AccountGone."""
    place = AccountRecord.table
    if any(row.table == place for row in loaded.rows) or not (loaded.rows or loaded.damaged):
        return
    broken = [row for row in loaded.damaged if row.table == place]
    if not loaded.rows and len(loaded.damaged) > 1:
        raise AccountGone(
            "nothing of what is stored here can be opened: its key is another one than it was sealed with"
        )
    raise AccountGone(broken[0].reason if broken else "the stored row of your account is missing")


def lost_mls_groups(damaged: Iterable[DamagedRow]) -> set[bytes]:
    """MLS ids of the groups whose state is not whole: they can be neither read nor written before a rejoin."""
    lost = set()
    for row in damaged:
        kind, _, key = row.key.partition("/")
        if row.table == MLS_TABLE and kind in ("group", "epoch") and _is_hex(key):
            lost.add(bytes.fromhex(key) if kind == "group" else bytes.fromhex(key)[:-_EPOCH_BYTES])
    return lost


def damage_told(damaged: Sequence[DamagedRow]) -> str:
    """One notice for all of it; empty for none."""
    if not damaged:
        return ""
    counts = Counter(_WHAT.get(row.table, f"a row of {row.table}") for row in damaged)
    parts = [f"{what} ({count} rows)" if count > 1 else what for what, count in sorted(counts.items())]
    return (
        f"Something stored on this device was damaged and can't be read: {'; '.join(parts)}. "
        "Everything else works. It stays as it is until you remove it under Connection & health."
    )


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and all(digit in "0123456789abcdef" for digit in text)
