"""The account with this device, the names that it has heard, and what its tabs were still to hear."""

from typing import ClassVar

from mls_chat.records.base import Record


class AccountRecord(Record):
    """The account and this device; one row."""

    table: ClassVar[str] = "account"
    name: str
    user_id: str
    account_secret_key: bytes
    account_public_key: bytes
    device_id: str
    device_secret_key: bytes
    device_public_key: bytes
    credential: bytes
    registered: bool = False

    @property
    def key(self) -> str:
        return "account"


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
