"""Everybody changes the group at the same moment: one commit an epoch wins, and every wish comes true."""

import multiprocessing

import pytest

from simulator.planners import make_storm
from simulator.runs import run
from simulator.simulation import Simulation

STORMS = 19
"""Of two to twenty members."""


@pytest.mark.timeout(180)
def test_all_wishes_come_true_one_epoch_after_the_other() -> None:
    assert run(0, STORMS, multiprocessing.cpu_count(), make_storm) == []


def test_each_epoch_has_one_commit_and_each_wish_one_line() -> None:
    sim = Simulation(make_storm(6))
    sim.play()
    log = sim.server.groups[sim.group_id or ""].log
    epochs = [message.epoch for message in log if message.msg_kind == "commit"]
    assert epochs == sorted(set(epochs)) == list(range(len(epochs)))
    renames = [wish for wish in sim.plan.wishes if wish.kind == "rename"]
    assert len(renames) > 1
    made = [message for message in log if message.msg_kind == "commit" and not message.added]
    assert len(made) >= len(renames)
