"""Lets a plan happen: wishes are pursued until they are done, faults strike, then calm returns and all is judged."""

from typing import Any, Final

import msgspec

from mls_chat import effects, events
from mls_chat.ports import FunctionRefused
from mls_chat.records import (
    AdmissionRecord,
    ChangeRecord,
    GroupRecord,
    JoinRecord,
    OutboxRecord,
    Record,
    RejoinRecord,
)
from mls_chat.wire import bodies
from simulator import checks, faults, wishes
from simulator.device import SimDevice
from simulator.network import Network
from simulator.plan import TIMED, Plan
from simulator.server import Server
from world import World

EPOCH_MS: Final = 1_800_000_000_000
ROUND_MS: Final = 15_000
ROUNDS: Final = 40
DENIED_SOONER: Final = 30
"""How much sooner than other faults last: nobody has gone on from the commit yet."""


class Stuck(Exception):
    """Calm has come, but somebody still waits for something."""


class Simulation(World):
    server: Server

    def __init__(self, plan: Plan) -> None:
        self.plan, self.network = plan, Network(plan)
        self.network.now = EPOCH_MS
        self.server = Server(lambda: self.now)
        self.server.denied = self._deny
        self.server.voided = self._epochs_changed
        self.devices = []
        self.trace: list[str] = []
        self.links: dict[int, str] = {}
        self.outages = 0
        self.planted: set[int] = set()
        """Log entries that no honest device made."""
        self.rubbish: set[int] = set()
        """Commits that nobody can follow."""
        self.leaving: set[int] = set()
        """Whom somebody wants to remove."""
        self.open_wishes = 0
        self._running = False
        self.people = [SimDevice(self, index) for index in range(plan.devices)]

    @property
    def now(self) -> int:  # type: ignore[override]
        return self.network.now

    @property
    def begun(self) -> int:
        return EPOCH_MS

    @property
    def group_id(self) -> str | None:
        return next(iter(self.server.groups), None)

    def note(self, index: int, event: events.Event) -> None:
        about = getattr(event, "call_id", "") or getattr(event, "name", "")
        self.trace.append(f"{self.now - EPOCH_MS} {index} {type(event).__name__} {about}")

    def decode_request(self, call: effects.CallFunction) -> Any:
        return msgspec.json.decode(call.body, type=bodies.ENDPOINTS[call.name].request)

    def run(self) -> None:
        if self._running:
            return
        self._running = True
        try:
            super().run()
        finally:
            self._running = False

    # the plan

    def play(self) -> None:
        """Raises what is wrong: BrokenRule, Stuck, AssertionError, or whatever an engine raises."""
        for wish in self.plan.wishes:
            wishes.plan(self, wish)
        for fault in self.plan.faults:
            if fault.kind in TIMED:
                faults.plan(self, fault)
        self.run()
        self.network.advance(EPOCH_MS + self.plan.calm_at)
        self.network.calm = True
        for device in self.people:
            device.come_up(device.life)
        self._until_settled("after the faults")
        self._last_words("last word of")
        self._last_words("the very last word of")
        checks.check(self)

    def _last_words(self, words: str) -> None:
        for device in self.members:
            device.do(events.TextEntered(group_id=self.group_id or "", text=f"{words} {device.index}"))
        self._until_settled(f"after the {words}")

    def _reconnect(self) -> bool:
        """Whoever is told that something is wrong presses the button; whether there was somebody."""
        told = [device for device in self.members if checks.asks_for_a_person(device)]
        for device in told:
            device.alarmed.append(checks.alert_of(device))
            device.do(events.RejoinRequested(group_id=self.group_id or ""))
            self.network.advance(self.now + ROUND_MS)
        return bool(told)

    @property
    def members(self) -> list[SimDevice]:
        """Who is in the group, as the server sees it."""
        group = self.server.groups.get(self.group_id or "")
        live = {key for key, member in group.members.items() if member.left_seq is None} if group else set()
        return [device for device in self.people if device.has_account and device.device_id in live]

    def _epochs_changed(self) -> None:
        """What was said in a withdrawn epoch says nothing of the next one with its number."""
        for device in self.people:
            device.utterances.forget()

    def _deny(self, device_id: str, delay: int, seq: int) -> None:
        def flag() -> None:
            body = bodies.CommitFlag(group_id=self.group_id or "", server_seq=seq)
            try:
                self.server.commit_flag(device_id, body)
            except FunctionRefused as refused:
                self.trace.append(f"{self.now - EPOCH_MS} denial of {seq} refused: {refused.code}")
            self.run()

        self.network.after(delay // DENIED_SOONER, flag)

    # calm

    def _until_settled(self, when: str) -> None:
        for _ in range(ROUNDS):
            self.network.advance(self.now + ROUND_MS)
            if not self._reconnect() and not self.unsettled():
                return
        raise Stuck(f"{when}: {'; '.join(self.unsettled())}")

    def unsettled(self) -> list[str]:
        left = [f"{self.open_wishes} wishes are not done"] * bool(self.open_wishes)
        head = self.server.groups[self.group_id].head if self.group_id else 0
        for device in self.members:
            left += [f"device {device.index} has a row in {record.table}" for record in _waiting(device)]
            for group in device.records(GroupRecord):
                if group.cursor < head:
                    left.append(f"device {device.index} has read {group.cursor} of {head}")
        left += [f"device {device.index} is not in" for device in self.people if self._is_out(device)]
        return left

    def _is_out(self, device: SimDevice) -> bool:
        """Its way in was taken back: the person opens the link again."""
        if device in self.members or device.index in self.leaving:
            return False
        if device.up and not device.records(JoinRecord) and device.index in self.links:
            device.do(events.LinkOpened(fragment=self.links[device.index]), events.JoinRequested())
        return True


def _waiting(device: SimDevice) -> list[Record]:
    """What is not at its end; a text that failed is, and the person sees it."""
    kinds = (JoinRecord, AdmissionRecord, ChangeRecord, RejoinRecord)
    rows: list[Record] = [row for row in device.records(OutboxRecord) if row.state != "failed"]
    return rows + [record for kind in kinds for record in device.records(kind)]
