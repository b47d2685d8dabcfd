"""From a plan that fails to the shortest list of faults that still fails (delta debugging)."""

from collections.abc import Callable, Sequence

import msgspec

from simulator.plan import Fault, Plan
from simulator.simulation import Simulation


def failure(plan: Plan) -> str | None:
    """What is wrong with a run of this plan; None for a clean one."""
    try:
        Simulation(plan).play()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def shortest(plan: Plan, fails: Callable[[Plan], object] = failure) -> Plan:
    """Without any one of the faults that are left the plan no longer fails."""

    def still(faults: Sequence[Fault]) -> bool:
        return bool(fails(msgspec.structs.replace(plan, faults=list(faults))))

    left, size = list(plan.faults), max(1, len(plan.faults) // 2)
    while left:
        for start in range(0, len(left), size):
            fewer = left[:start] + left[start + size :]
            if still(fewer):
                left = fewer
                break
        else:
            if size == 1:
                break
            size //= 2
    return msgspec.structs.replace(plan, faults=left)
