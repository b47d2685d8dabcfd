"""What people want and what goes wrong: a plan says all of it, and nothing later draws anything of its own."""

from typing import Final, Literal

import msgspec

WishKind = Literal[
    "name",
    "create",
    "invite",
    "join",
    "say",
    "open",
    "rename",
    "rotate",
    "remove",
    "reconnect",
    "sign in",
    "link",
    "confirm code",
    "revoke",
    "lose",
    "restore",
    "call",
    "draft",
    "verify",
]
FaultKind = Literal[
    "crash before the writes",
    "crash after the writes",
    "call lost",
    "answer lost",
    "call twice",
    "answer twice",
    "answer slow",
    "frame twice",
    "frame late",
    "frame withheld",
    "send twice",
    "send late",
    "connection cut",
    "connection silent",
    "offline",
    "outage",
    "old frames again",
    "old message again",
    "forged request",
    "claims worthless",
    "state lost",
    "state set back",
    "profile set back",
    "record lost",
    "bad commit",
    "commit denied",
    "bytes changed",
    "list hidden",
    "list forged",
    "change forged",
    "old group info",
    "forged keys",
    "stranger's commit",
]
CRASHES: Final[tuple[FaultKind, ...]] = ("crash before the writes", "crash after the writes")
CALL_FAULTS: Final[tuple[FaultKind, ...]] = ("call lost", "answer lost", "call twice", "answer twice", "answer slow")
DOWN_FAULTS: Final[tuple[FaultKind, ...]] = (
    "frame twice",
    "frame late",
    "frame withheld",
    "connection cut",
    "connection silent",
    "bytes changed",
)
UP_FAULTS: Final[tuple[FaultKind, ...]] = ("send twice", "send late")
MOMENTS: Final[tuple[FaultKind, ...]] = (
    "offline",
    "outage",
    "old frames again",
    "old message again",
    "forged request",
    "claims worthless",
)
STATE: Final[tuple[FaultKind, ...]] = (
    "state lost",
    "state set back",
    "profile set back",
    "record lost",
    "bad commit",
    "commit denied",
)
HOSTILE: Final[tuple[FaultKind, ...]] = (
    "list hidden",
    "list forged",
    "change forged",
    "old group info",
    "forged keys",
    "stranger's commit",
)
"""What a server does that plays false with the devices of an account."""
LASTING: Final[tuple[FaultKind, ...]] = (*MOMENTS, "old group info", "forged keys")
TIMED: Final = (*MOMENTS, *STATE, *HOSTILE)
WAY_IN: Final[tuple[WishKind, ...]] = ("invite", "join")
DOWNTIMES: Final = (0, 0, 0, 500, 3_000, 20_000)
LONG_MS: Final = 1_500_000
"""Longer than a token lives."""


class Fault(msgspec.Struct, frozen=True):
    """`nth`: the device's step, call or frame that it strikes, or the moment (ms); `ms`: how long or how late."""

    kind: FaultKind
    device: int
    nth: int
    ms: int

    def __str__(self) -> str:
        when = f"at {self.nth} ms" if self.kind in TIMED else f"no. {self.nth}"
        return f"{self.kind}: device {self.device}, {when}, {self.ms} ms"


class Wish(msgspec.Struct, frozen=True):
    """What a person wants from `at` on, until it is done. `invite` and `join` meet over `other`'s link.

    Of an account: `other` is the device that `sign in` and `link` begin from, or that is revoked; `restore`: once those
    of its devices are lost that are to be. `link`: `text` is how much of the history comes.
    """

    at: int
    kind: WishKind
    device: int
    other: int = 0
    text: str = ""


class Plan(msgspec.Struct, frozen=True):
    seed: int
    devices: int
    wishes: list[Wish]
    faults: list[Fault]
    latencies: list[int]
    """In turn, of each packet."""
    batches: list[int]
    """In turn, how many events share a transaction."""
    owners: list[int] = []
    """Of devices that come later, behind the first `devices`: whose account each is to belong to, by its first one."""

    @property
    def calm_at(self) -> int:
        """When everything planned is over."""
        times = [wish.at for wish in self.wishes]
        times += [f.nth + (f.ms if f.kind in LASTING else 0) if f.kind in TIMED else 0 for f in self.faults]
        return max(times) + 2_000
