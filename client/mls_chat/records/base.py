"""What every durable record is, and how one that can't be read is told."""

from typing import ClassVar

import msgspec


class RecordUnreadable(Exception):
    """A stored row is of a newer version or damaged; nothing was changed."""


class RecordTooNew(RecordUnreadable):
    """Written by a newer version of mls-chat, which may know more than this one could keep."""


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    table: ClassVar[str]

    @property
    def key(self) -> str:
        raise NotImplementedError
