"""What bodies and frames share: a stored message, an added device, a Welcome or a key on its way.

Unknown fields are refused before their values are read: msgspec skips a value by recursion, and a deep one would end
the whole runtime inside WebAssembly.
"""

from typing import Annotated, Literal

import msgspec

MsgKind = Literal["chat", "commit", "proposal"]
"""What a device sends."""
EntryKind = Literal["chat", "commit", "proposal", "void"]
"""What stands in the log; a `void` withdraws a commit that others could not follow."""
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A sequence, an epoch or a time: checked in what comes from a server."""


class AddedDevice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device that a commit adds, as its committer declares it; members compare it with the commit itself."""

    user_id: str
    device_id: str


class WelcomeFor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Welcome of one added device. `mac` binds it to an invite link's secret (empty outside invites)."""

    device_id: str
    welcome: bytes
    mac: bytes = b""


class SealedKeyFor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The group's new rejoin key, sealed by whoever made it to an account, or to the device of it that is named."""

    user_id: str
    sealed_key: bytes
    device_id: str | None = None


class DeviceLogEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of an account's device log (account_log.py). `made_at` is Unix milliseconds by the signer's clock."""

    number: Count
    previous: bytes
    change: Literal["add", "revoke"]
    device_id: str
    device_public_key: bytes
    made_at: Count
    signature: bytes


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One entry of a group's ordered log. `server_time` is Unix milliseconds.

    A `void` has no `mls_bytes`; `voids` is the sequence of the commit that it withdraws, `epoch` the one that is open
    again, `user_id` and `device_id` name who flagged the commit. Entries between the two are void as well.
    """

    server_seq: Count
    server_time: Count
    msg_kind: EntryKind
    epoch: Count
    user_id: str
    device_id: str
    message_id: str
    mls_bytes: bytes
    added: list[AddedDevice] = []
    removed: list[str] = []
    voids: Count | None = None
