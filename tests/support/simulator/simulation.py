"""Lets a plan happen: wishes are pursued until they are done, faults strike, then calm returns and all is judged."""

import re
from collections.abc import Iterator
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
    RestoreRecord,
    SecretsRecord,
)
from mls_chat.wire import bodies
from simulator import account_checks, checks, faults, wishes
from simulator.device import SimDevice
from simulator.network import Network
from simulator.plan import TIMED, Plan, Wish
from simulator.server import Server
from world import World

EPOCH_MS: Final = 1_800_000_000_000
RANDOM: Final = re.compile(r"(?<![\w-])([\w-]{43}|[0-9A-HJKMNP-TV-Z]{20})(?![\w-])")
"""User ids and the codes of links."""
ROUND_MS: Final = 15_000
ROUNDS: Final = 40
SECRETS_MS: Final = 150_000
"""Longer than an account's secrets stay on a device that does not need them."""
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
        """Whom somebody wants to remove, by the first device."""
        self.codes: dict[int, str] = {}
        """Recovery codes that people have written down."""
        self.backup_keys: dict[int, bytes] = {}
        """What opens each account's backup, to be judged by."""
        self.reading: dict[int, Wish] = {}
        """Which wish each new device shows a link code for."""
        self.stayed_out: set[int] = set()
        """Devices that nobody could bring into their account any more."""
        self.open_wishes = 0
        self._running = False
        self._aliases: dict[str, str] = {}
        self._chat: str | None = None
        owners = [*range(plan.devices), *plan.owners]
        self.people = [SimDevice(self, index, owner) for index, owner in enumerate(owners)]

    @property
    def now(self) -> int:  # type: ignore[override]
        return self.network.now

    @property
    def begun(self) -> int:
        return EPOCH_MS

    @property
    def group_id(self) -> str | None:
        """The chat is made by the first device, and a group of own devices never is."""
        if self._chat is None and self.server.groups and self.people[0].has_account:
            maker = self.people[0].device_id
            self._chat = next((key for key, group in self.server.groups.items() if group.created_by == maker), None)
        return self._chat

    def note(self, index: int, event: events.Event) -> None:
        about = getattr(event, "call_id", "") or getattr(event, "name", "")
        told = RANDOM.sub(lambda found: self._alias(found[0]), about)
        self.trace.append(f"{self.now - EPOCH_MS} {index} {type(event).__name__} {told}")

    def _alias(self, random_id: str) -> str:
        """Accounts and link codes have ids of their keys, which differ from run to run: told in order of appearance."""
        return self._aliases.setdefault(random_id, f"<{len(self._aliases)}>")

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
        if self.plan.owners:
            self.network.advance(self.now + SECRETS_MS)
            self._until_settled("after all is said")
        checks.check(self)
        account_checks.check(self)

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

    def _open_accounts(self) -> None:
        """A key that the others have sealed to the account alone opens with its secrets: the person enters the code."""
        for device in self.live:
            waits = any(g.state == "entering" and g.alert == "rejoin_failed" for g in device.records(GroupRecord))
            opened = any(secrets.account_secret_key for secrets in device.records(SecretsRecord))
            if waits and not opened and device.owner in self.codes:
                device.do(events.AccountOpened(), events.SecretsRequested(way="code", code=self.codes[device.owner]))

    @property
    def members(self) -> list[SimDevice]:
        """Who is in the group, as the server sees it, of those that are not lost."""
        return self.those_in(self.group_id or "")

    def those_in(self, group_id: str) -> list[SimDevice]:
        group = self.server.groups.get(group_id)
        live = {key for key, member in group.members.items() if member.left_seq is None} if group else set()
        return [device for device in self.live if device.device_id in live]

    @property
    def live(self) -> list[SimDevice]:
        """Devices of accounts that are neither lost nor put out."""
        return [d for d in self.people if d.has_account and not d.gone and not self.is_out(d)]

    def is_dead(self, group_id: str) -> bool:
        """Whoever made the group is lost or put out, before anybody could come in."""
        group = self.server.groups.get(group_id)
        if group is None:
            return False
        open_to_others = group.keys and group.info is not None and group.info[0] == group.epoch
        return not open_to_others and not self.those_in(group_id)

    def is_out(self, device: SimDevice) -> bool:
        """Put out by its account, as the server has it."""
        return device.has_account and device.device_id in self.server.put_out

    def devices_of(self, owner: int) -> list[SimDevice]:
        return [device for device in self.live if device.owner == owner]

    @property
    def everybody_came(self) -> bool:
        """All people have been let in once."""
        firsts = self.people[: self.plan.devices]
        group = self.server.groups.get(self.group_id or "")
        return group is not None and all(first.has_account and first.device_id in group.members for first in firsts)

    @property
    def everybody_is_in(self) -> bool:
        inside = self.members
        return all(first in inside or first.gone or self.is_out(first) for first in self.people[: self.plan.devices])

    def _epochs_changed(self) -> None:
        """What was said in a withdrawn epoch says nothing of the next one with its number."""
        for device in self.people:
            device.utterances.forget()

    def _deny(self, device_id: str, delay: int, group_id: str, seq: int) -> None:
        def flag() -> None:
            body = bodies.CommitFlag(group_id=group_id, server_seq=seq)
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
            self._open_accounts()
            if not self._reconnect() and not self.unsettled():
                return
        raise Stuck(f"{when}: {'; '.join(self.unsettled())}")

    def unsettled(self) -> list[str]:
        left = [f"{self.open_wishes} wishes are not done"] * bool(self.open_wishes)
        for device in self.live:
            dead = {key for key in self.server.groups if self.is_dead(key)}
            left += [
                f"device {device.index} has a row in {record.table}"
                for record in _waiting(device)
                if getattr(record, "group_id", "") not in dead
            ]
            for group in [each for each in device.records(GroupRecord) if each.group_id not in dead]:
                head = self.server.groups[group.group_id].head if group.group_id in self.server.groups else 0
                if group.state == "entering" or (group.state == "active" and group.cursor < head):
                    left.append(f"device {device.index} has read {group.cursor} of {head}, {group.state}, {group.kind}")
        left += [f"device {device.index} is not in" for device in self.people if self._is_missing(device)]
        left += [f"device {d.index} does not know that it is out" for d in self.people if self._is_deceived(d)]
        return left + list(self._left_over())

    def _is_missing(self, device: SimDevice) -> bool:
        """Its way in was taken back: the person opens the link again. Other devices of the account come alone."""
        if device in self.members or device.owner in self.leaving or device.index in self.stayed_out:
            return False
        if device.gone or self.is_out(device):
            return False
        if self._has_put_itself_out(device):
            self.leaving.add(device.owner)
            return False
        if device.up and self._comes_by_link(device) and not device.records(JoinRecord):
            device.do(events.LinkOpened(fragment=self.links[device.owner]), events.JoinRequested())
        return True

    def _comes_by_link(self, device: SimDevice) -> bool:
        """Only the first device that is left of an account that is not in."""
        group = self.server.groups.get(self.group_id or "")
        if group is None or device.owner not in self.links or device not in self.devices_of(device.owner)[:1]:
            return False
        return not group.devices_of(device.user_id)

    def _has_put_itself_out(self, device: SimDevice) -> bool:
        """The only device of the account that was in was put out before another one came in."""
        group = self.server.groups.get(self.group_id or "")
        if group is None or not device.has_account or group.devices_of(device.user_id):
            return False
        return any(
            out.owner == device.owner and out.device_id in group.members for out in self.people if self.is_out(out)
        )

    def _is_deceived(self, device: SimDevice) -> bool:
        return self.is_out(device) and not device.gone and not device.knows_it_is_out

    def _left_over(self) -> Iterator[str]:
        """Leaves of devices that were put out, and devices that are missing in a group of their account."""
        for group_id, group in self.server.groups.items():
            if self.is_dead(group_id):
                continue
            inside = self.those_in(group_id)
            there = {key: member.user_id for key, member in group.members.items() if member.left_seq is None}
            if inside and any(device in self.server.put_out for device in there):
                yield f"a device that was put out is in group {group_id}"
            for device in self.live:
                if device not in inside and device.user_id in there.values():
                    yield f"device {device.index} is not in group {group_id} of its account"


def _waiting(device: SimDevice) -> list[Record]:
    """What is not at its end; a text that failed is, and the person sees it."""
    kinds = (JoinRecord, AdmissionRecord, ChangeRecord, RejoinRecord, RestoreRecord)
    rows: list[Record] = [row for row in device.records(OutboxRecord) if row.state != "failed"]
    return rows + [record for kind in kinds for record in device.records(kind)]
