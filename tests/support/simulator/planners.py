"""Plans drawn from one seed: people who come into a group by links, write and change it, and what goes wrong."""

import random
from typing import Final

from simulator.families import with_devices
from simulator.plan import (
    CALL_FAULTS,
    CRASHES,
    DOWN_FAULTS,
    DOWNTIMES,
    LONG_MS,
    MOMENTS,
    STATE,
    UP_FAULTS,
    WAY_IN,
    Fault,
    Plan,
    Wish,
    WishKind,
)

FAMILIES: Final = 0.25
"""The share of plans in which somebody has several devices."""


def make_plan(seed: int) -> Plan:
    """Some people have several devices (families.py), most have one."""
    plan, draw = _people(seed), random.Random(f"{seed}/devices")
    return with_devices(plan, draw) if draw.random() < FAMILIES else plan


def make_family(seed: int) -> Plan:
    """Somebody has several devices, in any case."""
    return with_devices(_people(seed), random.Random(f"{seed}/devices"))


def _people(seed: int) -> Plan:
    draw = random.Random(seed)
    devices = draw.choice((2, 3, 3, 3, 4, 4, 5))
    wishes = _wishes(draw, devices) + _commits(draw, devices)
    end = max(wish.at for wish in wishes)
    faults = [_fault(draw, devices, end) for _ in range(draw.choice((0, 2, 4, 8, 12, 20)))]
    if draw.random() < 0.5:
        faults.append(Fault("claims worthless", 0, 2_000, 40_000))
    if draw.random() < 0.4:
        faults += _state_faults(draw, devices, end)
    slow = draw.choice((20, 900, 2_500))
    return Plan(
        seed=seed,
        devices=devices,
        wishes=wishes,
        faults=faults,
        latencies=[draw.randint(1, slow) for _ in range(97)],
        batches=[draw.choice((1, 1, 2, 5)) for _ in range(31)],
    )


def make_storm(seed: int) -> Plan:
    """Two to twenty members change the group within the same 50 ms; nothing else goes wrong."""
    draw = random.Random(seed)
    devices = 2 + seed % 19
    wishes = [Wish(0, "name", device) for device in range(devices)] + [Wish(1_000, "create", 0)]
    for joiner in range(1, devices):
        wishes += [Wish(2_000 + 600 * joiner, kind, 0 if kind == "invite" else joiner, joiner) for kind in WAY_IN]
    at = 10_000 + 600 * devices
    kinds: list[WishKind] = [draw.choice(("rename", "rename", "rotate", "reconnect")) for _ in range(devices)]
    for device, kind in enumerate(kinds):
        wishes.append(Wish(at + draw.randint(0, 50), kind, device, text=f"Storm {device}"))
        wishes.append(Wish(at + draw.randint(0, 50), "say", device, text=f"through the storm {device}"))
    return Plan(
        seed=seed,
        devices=devices,
        wishes=wishes,
        faults=[],
        latencies=[draw.randint(1, 40) for _ in range(97)],
        batches=[draw.choice((1, 2, 5)) for _ in range(31)],
    )


def _wishes(draw: random.Random, devices: int) -> list[Wish]:
    wishes = [Wish(0, "name", device) for device in range(devices)] + [Wish(1_000, "create", 0)]
    mode = draw.choice(("rush", "wave", "spread") if devices < 4 else ("rush", "wave", "wave", "spread"))
    for joiner in range(1, devices):
        inviter = draw.randrange(joiner) if mode == "spread" else 0
        at = draw.randint(2_000, 20_000) if mode == "spread" else 2_000
        wishes.append(Wish(at, "invite", inviter, joiner))
        if mode == "wave" and joiner > 1:
            at = 12_000
        late = draw.choice((0, draw.randint(0, 3_000))) if mode == "spread" else 0
        wishes.append(Wish(at + late, "join", joiner, joiner))
    for number in range(draw.randint(2, 4 * devices)):
        device = draw.randrange(devices)
        wishes.append(Wish(draw.randint(2_000, 30_000), "say", device, text=f"{number} from {device}"))
    wishes += [Wish(draw.randint(5_000, 30_000), "open", draw.randrange(devices)) for _ in range(draw.randint(0, 3))]
    return wishes


def _commits(draw: random.Random, devices: int) -> list[Wish]:
    """Changes of the group: now and then, or everybody at the same moment."""
    mode = draw.choice(("none", "some", "some", "storm"))
    if mode == "none":
        return []
    if mode == "storm":
        at = draw.randint(15_000, 30_000)
        return [Wish(at + draw.randint(0, 50), "rename", device, text=f"Storm {device}") for device in range(devices)]
    wishes = []
    for number in range(draw.randint(1, 2 * devices)):
        kind: WishKind = draw.choice(("rename", "rename", "rotate", "reconnect"))
        wishes.append(Wish(draw.randint(8_000, 35_000), kind, draw.randrange(devices), text=f"Tea {number}"))
    if devices > 2 and draw.random() < 0.3:
        wishes.append(Wish(draw.randint(20_000, 35_000), "remove", draw.randrange(devices - 1), devices - 1))
    return wishes


def _state_faults(draw: random.Random, devices: int, end: int) -> list[Fault]:
    """Not rubbish by two members in one run: the second confirms the first (README.md, limits)."""
    faults = [_state_fault(draw, devices, end) for _ in range(draw.choice((1, 1, 2, 3)))]
    committers = [fault.device for fault in faults if fault.kind == "bad commit"]
    return [fault for fault in faults if fault.kind != "bad commit" or fault.device == committers[0]]


def _state_fault(draw: random.Random, devices: int, end: int) -> Fault:
    """`ms`: how old the state is that comes back."""
    kind, device, at = draw.choice(STATE), draw.randrange(devices), draw.randint(5_000, max(end, 6_000))
    return Fault(kind, device, at, draw.randint(100, 15_000))


def _fault(draw: random.Random, devices: int, end: int) -> Fault:
    device = draw.randrange(devices)
    match draw.choice(("crash", "crash", "call", "down", "up", "timed")):
        case "crash":
            downtime = LONG_MS if draw.random() < 0.03 else draw.choice(DOWNTIMES)
            return Fault(draw.choice(CRASHES), device, draw.randrange(90), downtime)
        case "call":
            return Fault(draw.choice(CALL_FAULTS), device, draw.randrange(25), draw.choice((10, 1_000, 5_000)))
        case "down":
            return Fault(draw.choice(DOWN_FAULTS), device, draw.randrange(50), draw.choice((10, 500, 5_000, 40_000)))
        case "up":
            return Fault(draw.choice(UP_FAULTS), device, draw.randrange(50), draw.choice((10, 500, 5_000)))
    lasting = LONG_MS if draw.random() < 0.03 else draw.choice((100, 5_000, 30_000))
    return Fault(draw.choice(MOMENTS), device, draw.randint(500, end), lasting)
