"""A device in the simulation: its calls and frames travel through the network, and it can go down at any step."""

import random
from typing import TYPE_CHECKING

import msgspec

from mls_chat import effects, events, view
from mls_chat.effects import Row
from mls_chat.engine import Engine
from mls_chat.ports import FunctionRefused
from mls_chat.records import GroupRecord, RestoreRecord, SecretsRecord, decode_record
from mls_chat.wire import frames
from simulator import account_wishes
from simulator.network import Line
from simulator.plan import CALL_FAULTS, CRASHES, DOWN_FAULTS, UP_FAULTS, Fault, Wish
from simulator.utterances import Utterances
from world import CHEAP, ORIGIN, Crash, Device

if TYPE_CHECKING:
    from simulator.simulation import Simulation


class SimDevice(Device):
    def __init__(self, sim: "Simulation", index: int, owner: int) -> None:
        self.sim, self.network, self.index, self.owner = sim, sim.network, index, owner
        self.draw = random.Random(f"{sim.plan.seed}/{index}")
        self.up = True
        self.life = 0
        """Which start of the device this is; what belongs to an earlier one is lost."""
        self.line: Line | None = None
        self.away = 0
        """How many planned absences are going on."""
        self.entered: list[str] = []
        """Texts whose step became durable."""
        self.inviting: int | None = None
        self.complaints: list[str] = []
        self.asked: list[Wish] = []
        """Changes of the group that the person asked for."""
        self.struck: list[Fault] = []
        """What became of its storage, or of what it was given."""
        self.uncertain: list[str] = []
        """Texts that went with a state: they may have been sent before."""
        self.alarmed: list[str] = []
        self.lies: set[int] = set()
        """Entries that it was shown other than the others."""
        self.utterances = Utterances(self)
        self.gone = False
        """Lost for good."""
        self.patient_until = 0
        """The person waits for what was asked for of the account, and does not ask again before."""
        self.refusals: list[str] = []
        """What it was told of the account that it asked for."""
        self.restores = False
        """Whether its history came from the backup."""
        super().__init__(sim)

    def build(self, rows: list[Row]) -> Engine:
        return Engine(rows, ORIGIN, self.draw.randbytes, code_cost=CHEAP)

    @property
    def has_account(self) -> bool:
        return ("account", "account") in self.rows

    @property
    def user_id(self) -> str:
        return str(self.account["user_id"])

    @property
    def knows_it_is_out(self) -> bool:
        """Its account has put it out."""
        return self.has_account and bool(self.account.get("revoked"))

    @property
    def chat(self) -> GroupRecord | None:
        """The group that all people are in; the other one is that of the account's own devices."""
        known = self.sim.group_id
        groups = [group for group in self.records(GroupRecord) if group.kind == "chat"]
        return next((g for g in groups if g.group_id == known or (known is None and not self.index)), None)

    @property
    def is_in(self) -> bool:
        return self.chat is not None and self.chat.state == "active"

    def start(self) -> None:
        self.up = True
        self._boot()

    # steps

    def work(self) -> bool:
        if not self.queue or not self.up:
            self.queue.clear()
            return False
        size = min(self.network.batch(), len(self.queue))
        batch = [self.queue.popleft() for _ in range(size)]
        fault = self.network.strike("step", self.index, CRASHES)
        try:
            self._batch(batch, fault)
        except Crash:
            assert fault is not None
            self.go_down(fault.ms)
        return True

    def _batch(self, batch: list[events.Event], fault: Fault | None) -> None:
        writes: list[effects.Write] = []
        todo: list[effects.Effect] = []
        for event in batch:
            self.sim.note(self.index, event)
            step = self.engine.handle(event, self.sim.now)
            writes += step.writes
            todo += step.effects
        self._settle(batch, writes, todo, fault)

    def _settle(
        self,
        batch: list[events.Event],
        writes: list[effects.Write],
        todo: list[effects.Effect],
        fault: Fault | None,
    ) -> None:
        if fault and fault.kind == "crash before the writes":
            raise Crash
        self.store(batch, writes)
        if fault:
            raise Crash
        self.perform(todo)

    def store(self, batch: list[events.Event], writes: list[effects.Write]) -> None:
        for write in writes:
            self.write(write)
            if write.table == "lines" and write.value and b"withdrawn" in write.value:
                self.utterances.forget()  # the epoch's number comes a second time
            elif write.table == RestoreRecord.table and write.value:
                self.restores = True
            elif write.table == SecretsRecord.table and write.value:
                secrets = decode_record(SecretsRecord, effects.Row(write.table, write.key, write.value))
                self.sim.backup_keys[self.owner] = secrets.backup_secret_key
        self.entered += [event.text for event in batch if isinstance(event, events.TextEntered)]

    def perform(self, todo: list[effects.Effect]) -> None:
        for effect in todo:
            self.carry_out(effect)

    def go_down(self, downtime: int) -> None:
        self.up = False
        self.life += 1
        self.queue.clear()
        self.timers.clear()
        self.inviting = None
        self.patient_until = 0
        self.lose_line(tell=False)
        life = self.life
        self.network.after(downtime, lambda: self.come_up(life))

    def lose(self) -> None:
        """It is gone, with all that was stored on it."""
        self.gone = True
        self.go_down(0)

    def come_up(self, life: int) -> None:
        if life == self.life and not self.up and not self.gone:
            self.start()
            self.sim.run()

    def post(self, event: events.Event, life: int) -> None:
        """What comes from outside, unless the device that waited for it is gone."""
        if life == self.life and self.up:
            self.do(event)

    # effects

    def carry_out(self, effect: effects.Effect) -> None:
        match effect:
            case effects.Show(view=shown):
                self.shown.append(shown)
                self._look(shown)
            case effects.SetTimer(name=name, delay_ms=delay):
                self.timers[name] = at = self.sim.now + delay
                life = self.life
                self.network.at(at, lambda: self._ring(name, at, life))
            case effects.SendFrame(data=data):
                if self.line is not None:
                    self._send(self.line, frames.decode_client(data))
            case _:
                super().carry_out(effect)

    def _ring(self, name: str, at: int, life: int) -> None:
        if self.timers.get(name) == at and life == self.life and self.up:
            del self.timers[name]
            self.do(events.TimerFired(name))

    def _look(self, shown: view.View) -> None:
        match shown:
            case view.NoticeView(text=text):
                self.complaints.append(text)
            case view.JoinView(stage="failed", error=error) | view.InviteView(stage="failed", error=error):
                self.complaints.append(error)
            case view.InviteView(stage="ready", fragment=fragment) if self.inviting is not None:
                self.sim.links.setdefault(self.inviting, fragment)
                self.inviting = None
            case view.SignInView() | view.LinkingView() | view.AccountView():
                account_wishes.look(self.sim, self, shown)

    # calls

    @property
    def reachable(self) -> bool:
        return self.up and not self.away

    def call(self, call: effects.CallFunction) -> None:
        fault = self.network.strike("call", self.index, CALL_FAULTS)
        kind, ms, life = (fault.kind, fault.ms, self.life) if fault else ("", 0, self.life)
        self.utterances.check_call(call)
        unreachable = events.FunctionUnreachable(call.call_id)
        if self.away or kind == "call lost":
            self.network.after(self.network.latency(), lambda: self.post(unreachable, life))
            return

        def arrive() -> None:
            answer = self._invoke(call)
            if kind == "call twice":
                self.network.after(ms, lambda: self._invoke_again(call))
            if self.away or kind == "answer lost":
                answer = unreachable
            for delay in [ms if kind == "answer slow" else 0] + ([ms] if kind == "answer twice" else []):
                self.network.after(self.network.latency() + delay, lambda: self.post(answer, life))
            self.sim.run()

        self.network.after(self.network.latency(), arrive)

    def _invoke(self, call: effects.CallFunction) -> events.Event:
        try:
            body = self.sim.server.invoke(call.name, call.body, call.token)
        except FunctionRefused as refused:
            self.utterances.forgive(refused.code)
            facts = (refused.status, refused.code, refused.message, refused.details)
            return events.FunctionRefused(call.call_id, *facts)
        return events.FunctionReturned(call.call_id, body)

    def _invoke_again(self, call: effects.CallFunction) -> None:
        self._invoke(call)
        self.sim.run()

    # connection

    def open(self) -> None:
        self.lose_line(tell=False)
        life, line = self.life, Line(self.network)
        if self.away or self.sim.outages:
            self.network.after(self.network.latency(), lambda: self.post(events.ChannelClosed(0, "unreachable"), life))
            return
        self.line = line

        def opened() -> None:
            self.sim.server.connect(self.device_id, lambda frame: self._down(line, frame))
            line.server_push = self.sim.server.sockets[self.device_id][0]
            line.carry("down", lambda: self.post(events.ChannelOpened(), life))

        line.carry("up", opened)

    def disconnect(self) -> None:
        self.lose_line(tell=False)

    def lose_line(self, *, tell: bool) -> None:
        """The connection ends; `tell`: the device notices."""
        line, self.line = self.line, None
        if line is None:
            return
        line.alive = False
        mine = [d for d, (push, _) in self.sim.server.sockets.items() if push is line.server_push]
        for device_id in mine:
            self.sim.server.disconnect(device_id)
        if tell:
            self.post(events.ChannelClosed(1006, ""), self.life)

    def _down(self, line: Line, frame: frames.ServerFrame) -> None:
        if isinstance(frame, frames.Error):
            self.utterances.forgive(frame.code)
        fault = self.network.strike("down", self.index, DOWN_FAULTS)
        life, data = self.life, frames.encode(frame)

        def arrive() -> None:
            self.post(events.FrameReceived(data), life)

        match fault.kind if fault else "":
            case "frame late" | "frame withheld":
                assert fault is not None
                line.carry("down", arrive, late=fault.ms)
                return
            case "frame twice":
                line.carry("down", arrive)
            case "connection cut":
                line.carry("down", lambda: self.lose_line(tell=True))
            case "connection silent":
                line.silent = True
            case "bytes changed":
                changed = self._changed(frame)
                if changed is not None:
                    assert fault is not None
                    self.struck.append(fault)
                    data = frames.encode(changed)
        line.carry("down", arrive)

    def _changed(self, frame: frames.ServerFrame) -> frames.ServerFrame | None:
        """The server shows this device another entry than the others; None where the frame has none that counts."""
        if not isinstance(frame, frames.Deliver) or not frame.messages or frame.messages[0].msg_kind == "void":
            return None
        if frame.group_id != self.sim.group_id:
            return None
        first = frame.messages[0]
        if first.device_id == self.device_id:
            return None
        self.lies.add(first.server_seq)
        lie = msgspec.structs.replace(first, mls_bytes=first.mls_bytes[:-1] + bytes([first.mls_bytes[-1] ^ 1]))
        return frames.Deliver(group_id=frame.group_id, messages=[lie, *frame.messages[1:]])

    def _send(self, line: Line, frame: frames.ClientFrame) -> None:
        self.utterances.check_frame(frame)
        fault = self.network.strike("up", self.index, UP_FAULTS)

        def arrive() -> None:
            if self.device_id in self.sim.server.sockets:
                self.sim.server.receive(self.device_id, frame)
                self.sim.run()

        if fault:
            line.carry("up", arrive, late=fault.ms)
        if not fault or fault.kind == "send twice":
            line.carry("up", arrive)
