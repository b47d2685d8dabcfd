"""What a step asks for: writes first, in one transaction; then the effects, in order."""

import msgspec

from mls_chat.view import View


class Row(msgspec.Struct, frozen=True):
    table: str
    key: str
    value: bytes


class DamagedRow(msgspec.Struct, frozen=True):
    """A stored row that can't be read; it stays as it is until its place is written again. `reason` names the fault."""

    table: str
    key: str
    reason: str


class Write(msgspec.Struct, frozen=True):
    """`value` None deletes."""

    table: str
    key: str
    value: bytes | None


class CallFunction(msgspec.Struct, frozen=True):
    """Answered by FunctionReturned, FunctionRefused or FunctionUnreachable with the same `call_id`."""

    call_id: str
    name: str
    body: bytes
    token: str | None


class OpenChannel(msgspec.Struct, frozen=True):
    """Answered by ChannelOpened or ChannelClosed."""


class CloseChannel(msgspec.Struct, frozen=True):
    pass


class SendFrame(msgspec.Struct, frozen=True):
    data: bytes


class SetTimer(msgspec.Struct, frozen=True):
    """Replaces a timer of the same name; answered by TimerFired."""

    name: str
    delay_ms: int


class ReadRows(msgspec.Struct, frozen=True):
    """Answered by RowsRead with the same `read_id`."""

    read_id: str
    table: str
    prefix: str
    before: str | None
    limit: int


class LockStorage(msgspec.Struct, frozen=True):
    """Seals the row key to the account's backup key, and ends this engine: the next one finds the storage locked."""

    user_id: str
    backup_public_key: bytes
    storage_key: bytes


class UnlockStorage(msgspec.Struct, frozen=True):
    """Ends this engine: the next one finds the account."""

    row_key: bytes


class MarkForErasure(msgspec.Struct, frozen=True):
    """Should everything go down from here on: the next start erases what is stored."""


class EraseStorage(msgspec.Struct, frozen=True):
    """Ends this engine: the next one finds nothing."""


class LabelStorage(msgspec.Struct, frozen=True):
    """What can be read of whose account it is, also while it is locked."""

    short_id: str


class NoteActivity(msgspec.Struct, frozen=True):
    """Somebody did something, Unix milliseconds: told to the next engine (Loaded.active_at)."""

    at: int


KeepStorage = LockStorage | UnlockStorage | MarkForErasure | EraseStorage | LabelStorage | NoteActivity
"""For the port `Keeper`; nothing happens where there is none."""


class Show(msgspec.Struct, frozen=True):
    """`tab`: the one that it is for, None for all (Screen)."""

    view: View
    tab: str | None = None


Effect = CallFunction | OpenChannel | CloseChannel | SendFrame | SetTimer | ReadRows | KeepStorage | Show


class Step(msgspec.Struct):
    """The outcome of one event (or of several in a row)."""

    writes: list[Write] = []
    effects: list[Effect] = []
