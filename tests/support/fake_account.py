"""What the server in memory keeps for one account beside its groups."""

from dataclasses import dataclass, field

from mls_chat.account_log import START, entry_digest
from mls_chat.wire import bodies
from mls_chat.wire.records import DeviceLogEntry


@dataclass
class Registration:
    """Of a device. Times are Unix milliseconds; `revoked_at` 0: live."""

    public_key: bytes
    created_at: int
    last_seen: int
    sealed_name: bytes
    revoked_at: int = 0


@dataclass
class Code:
    """The recovery code, and how often in a row another one was tried."""

    unlock: bodies.CodeUnlock
    made_at: int
    wrong: int = 0
    wrong_at: int = 0


@dataclass
class Passkey:
    sealed_root: bytes
    sealed_name: bytes
    created_at: int
    last_used: int = 0


@dataclass
class Backup:
    generation: int = 0
    segments: list[bytes] = field(default_factory=list)
    upto: dict[str, int] = field(default_factory=dict)

    def segment(self, generation: int, number: int) -> bytes | None:
        there = generation == self.generation and number < len(self.segments)
        return self.segments[number] if there else None


@dataclass
class Account:
    public_key: bytes
    log: list[DeviceLogEntry] = field(default_factory=list)
    devices: dict[str, Registration] = field(default_factory=dict)
    """The revoked ones too."""
    vault: bodies.VaultPut | None = None
    code: Code | None = None
    passkeys: dict[str, Passkey] = field(default_factory=dict)
    backup: Backup = field(default_factory=Backup)
    staged_backup: Backup = field(default_factory=Backup)
    """The next generation, while it is not whole."""

    def head(self, user_id: str) -> bytes:
        """The digest that the next entry names."""
        return entry_digest(user_id, self.log[-1]) if self.log else START

    @property
    def live(self) -> list[str]:
        return [device for device, registration in self.devices.items() if not registration.revoked_at]

    @property
    def generation(self) -> int:
        """Of the vault."""
        return self.vault.generation if self.vault is not None else 0
