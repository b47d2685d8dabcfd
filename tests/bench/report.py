"""The lines that the measurements are printed as."""

import json
import statistics
from collections.abc import Sequence


def report(name: str, value: float, unit: str) -> None:
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit}), flush=True)


def report_many(name: str, values: Sequence[float], unit: str) -> None:
    """Median and 95th percentile."""
    report(f"{name}_median", statistics.median(values), unit)
    report(f"{name}_p95", statistics.quantiles(values, n=20)[-1], unit)
