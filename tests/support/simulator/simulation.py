"""Lets a plan happen: wishes are pursued until they are done, faults strike, then calm returns and all is judged."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from fake_invites import Request
from fake_server import FakeServer
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
from mls_chat.wire import bodies, frames
from mls_chat.wire.records import StoredMessage
from simulator import checks, state_faults, strangers
from simulator.device import SimDevice
from simulator.network import Network
from simulator.plan import TIMED, Fault, Plan, Wish
from world import World

EPOCH_MS: Final = 1_800_000_000_000
AGAIN_MS: Final = 4_000
"""How long a person waits before trying again."""
ROUND_MS: Final = 15_000
ROUNDS: Final = 40
DENIED_SOONER: Final = 30
"""How much sooner than other faults last: nobody has gone on from the commit yet."""


class Stuck(Exception):
    """Calm has come, but somebody still waits for something."""


class Server(FakeServer):
    """May let several members answer one request at the same moment, so that their commits race."""

    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(now)
        self._worthless = 0
        self._deniers: list[tuple[str, int]] = []
        self.denied: Callable[[str, int, int], None] = lambda denier, delay, seq: None
        """Set by the simulation: who denies a commit, how soon, and which."""
        self.voided: Callable[[], None] = lambda: None
        """Set by the simulation: epochs have another meaning from now on."""

    def deny_next(self, device: str, delay: int) -> None:
        """This device will say of the next commit that it can't follow it, although it can."""
        self._deniers.append((device, delay))

    def _store_commit(self, device: str, *facts: Any) -> int:
        seq = super()._store_commit(device, *facts)
        if self._deniers and self._deniers[0][0] != device:
            self.denied(*self._deniers.pop(0), seq)
        return seq

    def _void(self, device: str, group_id: str, commit: StoredMessage) -> bodies.CommitFlagReply:
        self.voided()
        return super()._void(device, group_id, commit)

    def let_claims(self, change: int) -> None:
        self._worthless -= change

    def _free(self, request: Request, device: str) -> bool:
        return bool(self._worthless) or super()._free(request, device)

    def invite_pending(self, device: str, body: bodies.Empty) -> bodies.InvitePendingReply:
        """Everybody is shown another request first, while claims are worthless."""
        requests = super().invite_pending(device, body).requests
        first = list(self.devices).index(device) % len(requests) if self._worthless and requests else 0
        return bodies.InvitePendingReply(requests=requests[first:] + requests[:first])

    def _require_claim(self, request: Request, device: str) -> None:
        if not self._worthless:
            super()._require_claim(request, device)


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
            self._plan_wish(wish)
        for fault in self.plan.faults:
            if fault.kind in TIMED:
                self._plan_fault(fault)
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
        return [device for device in self.people if self._has_account(device) and device.device_id in live]

    def _plan_wish(self, wish: Wish) -> None:
        self.open_wishes += 1
        self.network.at(EPOCH_MS + wish.at, lambda: self._pursue(wish))

    def _pursue(self, wish: Wish) -> None:
        device = self.people[wish.device]
        if self._done(wish):
            self.open_wishes -= 1
            return
        if device.up:
            self._act(wish, device)
            if self._done(wish):
                self.open_wishes -= 1
                return
        self.network.after(AGAIN_MS, lambda: self._pursue(wish))

    def _done(self, wish: Wish) -> bool:
        device = self.people[wish.device]
        if wish.device in self.leaving and any(group.state == "removed" for group in device.records(GroupRecord)):
            return True
        match wish.kind:
            case "name":
                return ("account", "account") in device.rows
            case "create" | "join":
                return bool(device.records(GroupRecord))
            case "invite":
                return wish.other in self.links
            case "say":
                return wish.text in device.entered
            case "open":
                return self._is_in(device)
            case "rename" | "rotate" | "remove" | "reconnect":
                return wish in device.asked

    def _is_in(self, device: SimDevice) -> bool:
        return any(group.state == "active" for group in device.records(GroupRecord))

    def _act(self, wish: Wish, device: SimDevice) -> None:
        match wish.kind:
            case "name":
                device.do(events.NameEntered(name=f"P{wish.device}"))
            case "create" if self._has_account(device):
                device.do(events.GroupRequested(name="Tea"))
            case "join" if self._has_account(device) and wish.other in self.links and not device.records(JoinRecord):
                device.do(events.LinkOpened(fragment=self.links[wish.other]), events.JoinRequested())
            case "invite" if self._is_in(device) and device.inviting is None:
                device.inviting = wish.other
                device.do(events.InviteRequested(group_id=self._group_of(device)))
            case "say" if self._is_in(device):
                device.do(events.TextEntered(group_id=self._group_of(device), text=wish.text))
            case "open" if self._is_in(device):
                device.do(events.ChatOpened(group_id=self._group_of(device)))
            case "rename" | "rotate" | "remove" | "reconnect" if self._is_in(device):
                self._change(wish, device)

    def _change(self, wish: Wish, device: SimDevice) -> None:
        """Asked once: from then on it is the engine's to bring it to an end."""
        group_id, other = self._group_of(device), self.people[wish.other]
        match wish.kind:
            case "rename":
                happened: events.Event = events.RenameRequested(group_id=group_id, name=wish.text)
            case "remove" if self._has_account(other):
                happened = events.RemovalRequested(group_id=group_id, user_id=other.account["user_id"])
                self.leaving.add(other.index)
            case "reconnect":
                device.alarmed.append(checks.alert_of(device))
                happened = events.RejoinRequested(group_id=group_id)
            case _:
                happened = events.RenewalRequested(group_id=group_id)
        device.asked.append(wish)
        device.do(happened)

    def _has_account(self, device: SimDevice) -> bool:
        return ("account", "account") in device.rows

    def _group_of(self, device: SimDevice) -> str:
        return device.records(GroupRecord)[0].group_id

    def _plan_fault(self, fault: Fault) -> None:
        begin = EPOCH_MS + fault.nth
        match fault.kind:
            case "offline":
                self.network.at(begin, lambda: self._leave(fault))
                self.network.at(begin + fault.ms, lambda: self._return(fault))
            case "outage":
                self.network.at(begin, lambda: self._outage(1))
                self.network.at(begin + fault.ms, lambda: self._outage(-1))
            case "old frames again":
                self.network.at(begin, lambda: self._old_frames(self.people[fault.device]))
            case "old message again":
                self.network.at(begin, self._old_message)
            case "forged request":
                self.network.at(begin, lambda: strangers.knock(self))
            case "state lost" | "state set back" | "profile set back" | "record lost":
                state_faults.plan(self, fault)
            case "commit denied":
                self.network.at(begin, lambda: self._deny_next(self.people[fault.device], fault.ms))
            case "bad commit":
                self.network.at(begin, lambda: state_faults.post_rubbish(self, self.people[fault.device]))
            case "claims worthless":
                self.network.at(begin, lambda: self.server.let_claims(-1))
                self.network.at(begin + fault.ms, lambda: self.server.let_claims(1))

    def _epochs_changed(self) -> None:
        """What was said in a withdrawn epoch says nothing of the next one with its number."""
        for device in self.people:
            device.forget_uttered()

    def _deny_next(self, device: SimDevice, delay: int) -> None:
        if self._has_account(device):
            self.server.deny_next(device.device_id, delay)

    def _deny(self, device_id: str, delay: int, seq: int) -> None:
        def flag() -> None:
            body = bodies.CommitFlag(group_id=self.group_id or "", server_seq=seq)
            try:
                self.server.commit_flag(device_id, body)
            except FunctionRefused as refused:
                self.trace.append(f"{self.now - EPOCH_MS} denial of {seq} refused: {refused.code}")
            self.run()

        self.network.after(delay // DENIED_SOONER, flag)

    def _leave(self, fault: Fault) -> None:
        device = self.people[fault.device]
        device.away += 1
        device.lose_line(tell=True)
        if fault.ms >= AGAIN_MS:
            device.post(events.NetworkChanged(online=False), device.life)

    def _return(self, fault: Fault) -> None:
        device = self.people[fault.device]
        device.away -= 1
        if fault.ms >= AGAIN_MS and not device.away:
            device.post(events.NetworkChanged(online=True), device.life)

    def _outage(self, change: int) -> None:
        self.outages += change
        if self.outages:
            for device in self.people:
                device.lose_line(tell=True)

    def _old_frames(self, device: SimDevice) -> None:
        """The server tells what it has told before."""
        if device.line is None or self.group_id is None or not self._is_in(device):
            return
        if messages := self.server._readable(device.device_id, self.group_id, 0)[-20:]:
            device._down(device.line, frames.Deliver(group_id=self.group_id, messages=messages))

    def _old_message(self) -> None:
        """The server puts an old ciphertext into the log once more."""
        log = self.server.groups[self.group_id].log if self.group_id else []
        old = next((m for m in reversed(log) if m.msg_kind == "chat" and m.server_seq not in self.planted), None)
        if old is not None and self.group_id is not None:
            self.planted.add(len(log) + 1)
            self.server.forge(self.group_id, old.device_id, old.mls_bytes, epoch=old.epoch, user_id=old.user_id)
            self.run()

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
