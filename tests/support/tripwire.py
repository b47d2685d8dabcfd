"""The binding behind a wire that can be tripped: any call into it fails, before it does its work or after."""

from collections.abc import Callable
from typing import Any, Literal

import pytest

from mls_rs_python import Client, Group, Storage

When = Literal["before", "after"]


class Tripped(BaseException):
    """Like an interrupt: nobody may catch it on the way."""


class Tripwire:
    """Put under every Backend that is made from now on; `calls` are those since the last `arm`."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.error: type[BaseException] = Tripped
        """What the tripped call raises."""
        self._trip: tuple[int, When] | None = None
        patch.setattr("mls_chat.backend.Client", self._maker(Client))
        patch.setattr("mls_chat.backend.Storage", self._maker(Storage))

    def _maker(self, kind: type) -> Callable[..., Any]:
        return lambda **arguments: Wired(self, kind(**{name: _bare(value) for name, value in arguments.items()}))

    def arm(self, number: int, when: When) -> None:
        """The call of this number, from 0 on, will fail."""
        self.calls, self._trip = [], (number, when)

    def disarm(self) -> None:
        self.calls, self._trip = [], None

    def call(self, name: str, work: Callable[[], Any]) -> Any:
        number = len(self.calls)
        self.calls.append(name)
        if self._trip == (number, "before"):
            raise self.error(name)
        try:
            result = work()
        finally:
            if self._trip == (number, "after"):
                raise self.error(name)
        return self._wired(result)

    def _wired(self, result: Any) -> Any:
        if isinstance(result, Group):
            return Wired(self, result)
        return tuple(map(self._wired, result)) if isinstance(result, tuple) else result


class Wired:
    """A Group, Client or Storage; its methods go over the wire."""

    def __init__(self, wire: Tripwire, bare: Any) -> None:
        self._wire, self._bare = wire, bare

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._bare, name)
        if not callable(found):
            return found
        label = f"{type(self._bare).__name__}.{name}"
        return lambda *places, **names: self._wire.call(label, lambda: found(*map(_bare, places), **names))


def _bare(value: Any) -> Any:
    return value._bare if isinstance(value, Wired) else value
