"""The targets, made once, and what was run of them, told at the end."""

from typing import Final

import pytest

from fuzzing.target import Report, Target
from fuzzing.targets import all_targets

REPORTS: Final = pytest.StashKey[list[Report]]()


@pytest.fixture(scope="session")
def targets() -> dict[str, Target]:
    return {target.name: target for target in all_targets()}


@pytest.fixture
def reports(pytestconfig: pytest.Config) -> list[Report]:
    """Those added to it are printed."""
    return pytestconfig.stash.setdefault(REPORTS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reports = config.stash.get(REPORTS, [])
    if reports:
        terminalreporter.section("spoiled inputs")
    for report in reports:
        terminalreporter.write_line(str(report))
