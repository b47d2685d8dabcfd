"""Plans in which people have several devices: they come by code or link, are lost or put out, and the chat goes on."""

import random
from typing import Final, Literal

import msgspec

from simulator.plan import (
    CALL_FAULTS,
    CRASHES,
    DOWN_FAULTS,
    DOWNTIMES,
    HOSTILE,
    LASTING,
    UP_FAULTS,
    Fault,
    FaultKind,
    Plan,
    Wish,
    WishKind,
)

Story = Literal["two", "three", "revoked", "lost", "anew", "all"]
STORIES: Final[tuple[Story, ...]] = ("two", "three", "revoked", "revoked", "lost", "anew", "all")
HISTORIES: Final = ("all", "all", "all", "month", "none")
STATES: Final[tuple[FaultKind, ...]] = ("state lost", "state set back", "profile set back", "record lost")
STATE_SHARE: Final = 0.15
HOSTILE_SHARE: Final = 0.4


def with_devices(plan: Plan, draw: random.Random) -> Plan:
    family = _Family(plan, draw)
    for owner in draw.sample(range(plan.devices), draw.choice((1, 1, 2))):
        family.tell(owner, draw.choice(STORIES))
    family.go_wrong()
    wishes = sorted([*plan.wishes, *family.wishes], key=lambda wish: wish.at)
    return msgspec.structs.replace(
        plan, wishes=wishes, faults=[*plan.faults, *family.faults], owners=list(family.owners)
    )


class _Family:
    def __init__(self, plan: Plan, draw: random.Random) -> None:
        self._plan, self._draw = plan, draw
        self.owners: list[int] = []
        self.wishes: list[Wish] = []
        self.faults: list[Fault] = []
        self._begins: dict[int, int] = {}
        """When each owner's second device comes."""

    @property
    def _everybody(self) -> int:
        return self._plan.devices + len(self.owners)

    def tell(self, owner: int, story: Story) -> None:
        draw, at = self._draw, self._draw.randint(4_000, 20_000)
        self._begins[owner] = at
        live = [owner]
        if story != "anew" or draw.random() < 0.5:
            live.append(self._come(owner, live, at))
        if story in ("three", "all"):
            at += draw.randint(0, 15_000)
            live.append(self._come(owner, live, at))
        if draw.random() < 0.3:
            self._wish(at + draw.randint(0, 20_000), "confirm code", owner)
        if story in ("lost", "all"):
            at = self._put_out(live, at, lost=True)
        if story in ("revoked", "all"):
            at = self._put_out(live, at, lost=False)
        if story in ("anew", "all"):
            self._anew(owner, live, at)
        self._settings(live, at)

    def _wish(self, at: int, kind: WishKind, device: int, other: int = 0, text: str = "") -> None:
        self.wishes.append(Wish(at, kind, device, other, text))

    def _say(self, device: int, begin: int, lasting: int, most: int) -> None:
        for number in range(self._draw.randint(1, most)):
            at = begin + self._draw.randint(0, lasting)
            self._wish(at, "say", device, text=f"{device} also says {len(self.wishes)}.{number}")

    def _come(self, owner: int, live: list[int], at: int) -> int:
        draw, device = self._draw, self._everybody
        self.owners.append(owner)
        kind: WishKind = draw.choice(("sign in", "link"))
        self._wish(at, kind, device, draw.choice(live), draw.choice(HISTORIES))
        self._say(device, at + 2_000, 20_000, 3)
        return device

    def _put_out(self, live: list[int], at: int, *, lost: bool) -> int:
        """Maybe while it is away with texts that wait."""
        draw = self._draw
        at += draw.randint(5_000, 20_000)
        gone = draw.choice(live)
        live.remove(gone)
        by = draw.choice(live)
        if lost:
            self._wish(at, "lose", gone)
            at += draw.randint(0, 10_000)
        elif draw.random() < 0.6:
            self.faults.append(Fault("offline", gone, at, draw.choice((10_000, 40_000))))
            self._say(gone, at + 100, 5_000, 5)
            at += draw.randint(100, 8_000)
        self._wish(at, "revoke", by, gone)
        self._say(by, at, 15_000, 3)
        return at

    def _anew(self, owner: int, live: list[int], at: int) -> None:
        draw = self._draw
        at += draw.randint(5_000, 25_000)
        for device in live:
            self._wish(at + draw.randint(0, 3_000), "lose", device)
        device = self._everybody
        self.owners.append(owner)
        at += draw.choice((500, 5_000, 40_000))
        self._wish(at, "restore", device, owner)
        self._say(device, at + 2_000, 30_000, 3)
        if draw.random() < 0.4:
            self._wish(at + 20_000, "revoke", device, live[0])
        live[:] = [device]

    def _settings(self, live: list[int], at: int) -> None:
        draw = self._draw
        for device in live:
            for kind in ("call", "draft", "open", "verify"):
                if draw.random() < 0.3:
                    other = draw.randrange(self._plan.devices)
                    self._wish(at + draw.randint(0, 20_000), kind, device, other, f"{kind} {device}")

    def go_wrong(self) -> None:
        draw, end = self._draw, max(wish.at for wish in [*self._plan.wishes, *self.wishes])
        self.faults += [self._fault(end) for _ in range(draw.choice((0, 0, 2, 4, 8)))]
        if draw.random() < STATE_SHARE:
            later = draw.randrange(self._plan.devices, self._everybody)
            self.faults.append(Fault(draw.choice(STATES), later, draw.randint(15_000, end), draw.randint(100, 15_000)))
        if draw.random() < HOSTILE_SHARE:
            self._play_false(end)

    def _fault(self, end: int) -> Fault:
        draw, device = self._draw, self._draw.randrange(self._everybody)
        match draw.choice(("crash", "crash", "call", "call", "down", "up", "offline")):
            case "crash":
                return Fault(draw.choice(CRASHES), device, draw.randrange(150), draw.choice(DOWNTIMES))
            case "call":
                late = draw.choice((10, 1_000, 5_000))
                return Fault(draw.choice(CALL_FAULTS), device, draw.randrange(60), late)
            case "down":
                kinds = [kind for kind in DOWN_FAULTS if kind != "bytes changed"]
                return Fault(draw.choice(kinds), device, draw.randrange(50), draw.choice((10, 500, 5_000)))
            case "up":
                return Fault(draw.choice(UP_FAULTS), device, draw.randrange(50), draw.choice((10, 500, 5_000)))
        return Fault("offline", device, draw.randint(500, end), draw.choice((100, 5_000, 30_000)))

    def _play_false(self, end: int) -> None:
        """Lists of devices are hidden from another person before the list changes."""
        draw, kind = self._draw, self._draw.choice(HOSTILE)
        owner = draw.choice(list(self._begins))
        victim = draw.choice([device for device in range(self._plan.devices) if device != owner])
        if kind in ("list hidden", "list forged"):
            self.faults.append(Fault(kind, victim, draw.randint(3_000, self._begins[owner] + 10_000), owner))
        elif kind in LASTING:
            self.faults.append(Fault(kind, 0, draw.randint(3_000, end), draw.choice((5_000, 30_000))))
        elif kind == "stranger's commit":
            committers = [fault.device for fault in self._plan.faults if fault.kind == "bad commit"]
            self.faults.append(Fault(kind, (committers or [victim])[0], draw.randint(8_000, end), 0))
        else:
            self.faults.append(Fault(kind, draw.randrange(self._everybody), draw.randint(3_000, end), 0))
