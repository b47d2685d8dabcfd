"""What people do with the devices of their account: bring one in, put one out, lose them, begin anew by the code."""

from typing import TYPE_CHECKING, Final

from mls_chat import events, view
from mls_chat.records import SecretsRecord
from simulator import state_faults

if TYPE_CHECKING:
    from simulator.device import SimDevice
    from simulator.plan import Wish
    from simulator.simulation import Simulation

PATIENCE_MS: Final = 30_000
OUTSIDE: Final = ("sign in", "link", "restore", "lose", "confirm code", "call")
"""What a person may want who is in no group any more."""
READING_MS: Final = 900
"""To read a code from one screen and to enter it on another device."""


def done(sim: "Simulation", wish: "Wish", device: "SimDevice") -> bool:
    match wish.kind:
        case "sign in" | "link" | "restore":
            return device.has_account or _is_vain(sim, wish, device)
        case "confirm code":
            return device.has_account and bool(device.account.get("code_saved"))
        case "revoke":
            return _is_revoked(sim, wish) or wish.other in sim.stayed_out
        case "lose":
            return device.gone
        case _:
            return wish in device.asked


def _is_vain(sim: "Simulation", wish: "Wish", device: "SimDevice") -> bool:
    """Nobody is left who could show or read a code: the device stays out."""
    other = sim.people[wish.other]
    usable = not (other.gone or other.index in sim.stayed_out or sim.is_out(other))
    if wish.kind == "restore" or usable or (wish.kind == "sign in" and code_of(sim, device.owner)):
        return False
    sim.stayed_out.add(device.index)
    return True


def _is_revoked(sim: "Simulation", wish: "Wish") -> bool:
    return sim.is_out(sim.people[wish.other])


def act(sim: "Simulation", wish: "Wish", device: "SimDevice") -> None:
    code = code_of(sim, device.owner)
    if sim.now < device.patient_until:
        return
    match wish.kind:
        case "sign in" if code:
            _sign_in(sim, device, code)
        case "restore" if code and _all_are_lost(sim, device.owner):
            _sign_in(sim, device, code)
        case "link" if sim.people[wish.other].up and sim.people[wish.other].has_account:
            device.patient_until = sim.now + PATIENCE_MS
            sim.reading[device.index] = wish
            device.do(events.LinkCodeRequested(device=f"D{device.index}"))
        case "confirm code" if code:
            device.do(events.AccountOpened(), events.RecoveryCodeConfirmed(code=code))
        case "revoke" if device.is_in and sim.everybody_came and sim.people[wish.other].has_account:
            device.patient_until = sim.now + PATIENCE_MS
            target = sim.people[wish.other].device_id
            device.do(events.AccountOpened(), events.DeviceRevocationRequested(device_id=target))
        case "lose" if code and sim.everybody_came and _can_be_replaced(sim, device):
            device.lose()
        case "call" | "draft" | "verify" if device.has_account and sim.group_id is not None:
            _set(sim, wish, device)


def _can_be_replaced(sim: "Simulation", device: "SimDevice") -> bool:
    """The code opens a vault, what the account's next device needs for its groups is stored, and somebody is left."""
    account = sim.server.accounts.get(device.user_id) if device.has_account else None
    if account is None or account.code is None or all(member is device for member in sim.members):
        return False
    return state_faults.key_is_stored(sim, device)


def _all_are_lost(sim: "Simulation", owner: int) -> bool:
    """Of the account's devices those that are to be."""
    wishes = [wish.device for wish in sim.plan.wishes if wish.kind == "lose"]
    devices = [sim.people[device] for device in wishes if sim.people[device].owner == owner]
    return all(device.gone or device.index in sim.stayed_out or sim.is_out(device) for device in devices)


def _set(sim: "Simulation", wish: "Wish", device: "SimDevice") -> None:
    """Asked once; whether it is stored or not, all devices of the account are to agree."""
    other = sim.people[wish.other]
    device.asked.append(wish)
    match wish.kind:
        case "call":
            device.do(events.OwnNameChanged(name=wish.text))
        case "draft":
            device.do(events.DraftChanged(group_id=sim.group_id or "", text=wish.text))
        case _ if other.has_account and other.owner != device.owner:
            device.do(events.VerificationChanged(user_id=other.user_id, verified=True))


def _sign_in(sim: "Simulation", device: "SimDevice", code: str) -> None:
    device.patient_until = sim.now + PATIENCE_MS
    device.do(events.SignInRequested(way="code", code=code, device=f"D{device.index}"))


def code_of(sim: "Simulation", owner: int) -> str:
    """The recovery code as the person has written it down, or looks it up now; empty where nobody shows it."""
    if owner not in sim.codes:
        for device in sim.devices_of(owner):
            if device.up and any(secrets.kept == "unsaved" for secrets in device.records(SecretsRecord)):
                device.do(events.AccountOpened(), events.RecoveryCodeRequested())
    return sim.codes.get(owner, "")


def look(sim: "Simulation", device: "SimDevice", shown: view.SignInView | view.LinkingView | view.AccountView) -> None:
    """What the person does about what the screen says."""
    match shown:
        case view.SignInView(stage="failed", error=error) | view.LinkingView(stage="failed", error=error):
            for each in [device, *(sim.people[new] for new, wish in sim.reading.items() if wish.other == device.index)]:
                each.patient_until = 0
            device.refusals.append(error)
        case view.LinkingView(stage="waiting", code=code):
            wish = sim.reading.get(device.index)
            if wish is not None:
                _later(sim, sim.people[wish.other], events.LinkCodeEntered(code=code))
        case view.LinkingView(stage="confirm"):
            histories = [wish.text for wish in sim.reading.values() if wish.other == device.index]
            _later(sim, device, events.LinkConfirmed(history=histories[-1]))  # type: ignore[arg-type]
        case view.AccountView(code=code) if code:
            sim.codes[device.owner] = code
        case view.AccountView(wants=wants, busy=busy) if wants and not busy:
            if code := sim.codes.get(device.owner, ""):
                _later(sim, device, events.SecretsRequested(way="code", code=code))
        case view.AccountView(error=error) if error:
            device.patient_until = 0
            device.refusals.append(error)


def _later(sim: "Simulation", device: "SimDevice", event: events.Event) -> None:
    life = device.life
    sim.network.after(READING_MS, lambda: device.post(event, life))
