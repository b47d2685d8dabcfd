"""The account with this device, the names that it has heard, and what its tabs were still to hear."""

from typing import ClassVar, Literal

import msgspec

from mls_chat.records.base import Record


class AccountRecord(Record):
    """The account and this device; one row."""

    table: ClassVar[str] = "account"
    name: str
    user_id: str
    account_public_key: bytes
    device_id: str
    device_secret_key: bytes
    device_public_key: bytes
    credential: bytes
    registered: bool = False
    account_secret_key: bytes = b""
    """Of records before version 3 alone; the account's secrets have a row of their own since."""
    device_name: str = ""
    """What the account calls this device."""
    storage_key: bytes = b""
    """Seals what the account's devices keep for each other on the server."""
    backup_public_key: bytes = b""
    """What is sealed to it only the vault opens."""
    vault_generation: int = 0
    """Of the vault that the server has taken, 0 for none."""
    vault_log_number: int = 0
    """Up to which entry of the device log that vault knows it."""
    code_saved: bool = False
    """The person has said that the recovery code is kept in a safe place."""
    code_checked_at: int = 0
    """When it was entered last."""
    revoked: bool = False
    """The account has put this device out."""

    @property
    def key(self) -> str:
        return "account"


class SecretsRecord(Record):
    """The account's secrets, opened on this device (vault.py); one row, which is gone as soon as it can be.

    `kept`: `unsaved` until the person has the recovery code in a safe place or has added a passkey, `for_now` for what
    was asked for. `pending`: the encoded VaultPut that the server has not confirmed.
    """

    table: ClassVar[str] = "secrets"
    root_key: bytes
    account_secret_key: bytes
    backup_secret_key: bytes
    code: str
    kept: Literal["unsaved", "for_now"]
    pending: bytes = b""

    @property
    def key(self) -> str:
        return "secrets"


class DeviceLogRecord(Record):
    """An account's device log as far as it was checked (account_log.py). `live`: device id to its public key."""

    table: ClassVar[str] = "device_logs"
    user_id: str
    account_public_key: bytes
    number: int = 0
    head: bytes = bytes(32)
    live: dict[str, bytes] = msgspec.field(default_factory=dict)
    revoked: list[str] = msgspec.field(default_factory=list)
    marks: bytes = b""
    """The first MARK_BYTES of each entry's digest, to be compared with what others tell."""

    @property
    def key(self) -> str:
        return self.user_id


class ContactRecord(Record):
    """A person whose safety code was compared. `log_number`: how far the device log was known then, or told since."""

    table: ClassVar[str] = "contacts"
    user_id: str
    verified_at: int
    log_number: int = 0

    @property
    def key(self) -> str:
        return self.user_id


class SettingRecord(Record):
    """Something that a person has set for all devices. `made_at` is Unix milliseconds: the later one counts."""

    table: ClassVar[str] = "settings"
    name: str
    value: str
    made_at: int

    @property
    def key(self) -> str:
        return self.name


class DraftRecord(Record):
    """What stands in the composer of a chat; an empty one says that it was sent or taken away."""

    table: ClassVar[str] = "drafts"
    group_id: str
    text: str
    made_at: int

    @property
    def key(self) -> str:
        return self.group_id


class UntoldRecord(Record):
    """What the account's other devices are still to be told, by its keys; one row (self_group.py)."""

    table: ClassVar[str] = "untold"
    names: set[str] = msgspec.field(default_factory=set)
    read: set[str] = msgspec.field(default_factory=set)
    settings: set[str] = msgspec.field(default_factory=set)
    drafts: set[str] = msgspec.field(default_factory=set)
    contacts: set[str] = msgspec.field(default_factory=set)

    @property
    def key(self) -> str:
        return "untold"


class RestoreRecord(Record):
    """History that is being fetched from the backup; one row. `next`: the first segment that is not in yet; `since`:
    from which time on, Unix milliseconds; `upto` as in BackupStateReply; `tries`: how often the end was waited for;
    `begun_at`: Unix milliseconds."""

    table: ClassVar[str] = "restores"
    generation: int = 0
    count: int = 0
    next: int = 0
    lines: int = 0
    since: int = 0
    upto: dict[str, int] = msgspec.field(default_factory=dict)
    tries: int = 0
    begun_at: int = 0

    @property
    def key(self) -> str:
        return "restore"


class NameRecord(Record):
    """`confirmed`: said by the user's own device, not by another member."""

    table: ClassVar[str] = "names"
    user_id: str
    name: str
    confirmed: bool

    @property
    def key(self) -> str:
        return self.user_id


class TabRecord(Record):
    """Serials that are done for a tab which may not have heard so."""

    table: ClassVar[str] = "tabs"
    tab: str
    handled: list[int]

    @property
    def key(self) -> str:
        return self.tab
