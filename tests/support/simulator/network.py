"""Virtual time and everything that is under way in it; faults strike packets by their number."""

import heapq
from collections import Counter
from collections.abc import Callable, Collection
from itertools import count, cycle

from mls_chat.wire.frames import ServerFrame
from simulator.plan import Fault, FaultKind, Plan


class Network:
    def __init__(self, plan: Plan) -> None:
        self.now = 0
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._serial = count()
        self._latencies = cycle(plan.latencies)
        self._batches = cycle(plan.batches)
        self._faults = {(fault.kind, fault.device, fault.nth): fault for fault in plan.faults}
        self._seen: Counter[tuple[str, int]] = Counter()
        self.calm = False
        """No more faults."""

    def at(self, moment: int, happens: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (max(moment, self.now), next(self._serial), happens))

    def after(self, delay: int, happens: Callable[[], None]) -> None:
        self.at(self.now + delay, happens)

    def latency(self) -> int:
        return next(self._latencies)

    def batch(self) -> int:
        return next(self._batches)

    def advance(self, end: int) -> None:
        while self._agenda and self._agenda[0][0] <= end:
            self.now, _, happens = heapq.heappop(self._agenda)
            happens()
        self.now = end

    def strike(self, what: str, device: int, kinds: Collection[FaultKind]) -> Fault | None:
        """The fault planned for this step, call or frame; each is asked once."""
        number = self._seen[what, device]
        self._seen[what, device] += 1
        if self.calm:
            return None
        return next((f for kind in kinds if (f := self._faults.get((kind, device, number)))), None)


class Line:
    """One connection of a device to the delivery service: in order, unless somebody plays tricks."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.alive = True
        self.silent = False
        """Half open: nobody has noticed that nothing arrives any more."""
        self.server_push: Callable[[ServerFrame], None] | None = None
        """By which the server knows this connection."""
        self._clear = {"up": 0, "down": 0}

    def carry(self, way: str, arrive: Callable[[], None], late: int | None = None) -> None:
        """`late`: overtaken by what follows."""
        if late is not None:
            self._network.after(late, lambda: self._arrive(arrive))
            return
        self._clear[way] = max(self._clear[way], self._network.now + self._network.latency())
        self._network.at(self._clear[way], lambda: self._arrive(arrive))

    def _arrive(self, arrive: Callable[[], None]) -> None:
        if self.alive and not self.silent:
            arrive()
