"""Passkeys in the engine: what PRF gives seals and opens the vault; without it the recovery code serves."""

import base64
import hashlib
import json

import pytest

from mls_chat import events, view
from mls_chat.records import AccountRecord, SecretsRecord
from world import Device, World, meet


class Authenticator:
    """Gives the same PRF output for the same salt, as the real ones do; `prf` None: it has no PRF."""

    def __init__(self, secret: str = "secret", passkey_id: str = "cGFzc2tleQ", *, prf: bool = True) -> None:
        self._secret, self.id, self.prf = secret, passkey_id, prf

    def answer(self, device: Device) -> None:
        asked = device.last(view.PasskeyRequestView)
        output = hashlib.sha256(f"{self._secret}{asked.prf_salt}".encode()).digest()
        text = base64.urlsafe_b64encode(output).rstrip(b"=").decode() if self.prf else ""
        response = json.dumps({"id": self.id})
        device.do(events.PasskeyAnswered(request_id=asked.request_id, response=response, prf=text))


def add(device: Device, authenticator: Authenticator) -> view.AccountView:
    device.world.advance(3_000)
    device.do(events.AccountOpened(), events.PasskeyAddRequested(name="Key"))
    authenticator.answer(device)
    return device.last(view.AccountView)


def sign_in(world: World, authenticator: Authenticator) -> Device:
    device = Device(world)
    device.do(events.SignInRequested(way="passkey"))
    authenticator.answer(device)
    world.advance(10_000)
    return device


def test_a_passkey_brings_the_account_to_another_device() -> None:
    world = World()
    ada, _, group_id = meet(world)
    account = add(ada, Authenticator())
    assert ([passkey.name for passkey in account.passkeys], account.error, account.busy) == (["Key"], "", "")
    laptop = sign_in(world, Authenticator())
    assert laptop.account["user_id"] == ada.account["user_id"]
    laptop.say(group_id, "hello")
    assert laptop.states(group_id) == ["sent"]
    ada.do(events.AccountOpened())
    assert ada.last(view.AccountView).passkeys[0].last_used == world.now - 10_000


def test_with_a_passkey_the_secrets_leave_the_device_and_the_code_is_shown_by_it() -> None:
    world = World()
    ada, _, _ = meet(world)
    code = ada.recovery_code()
    add(ada, Authenticator())
    assert ada.records(SecretsRecord) == []
    ada.do(events.AccountOpened(), events.RecoveryCodeRequested())
    assert (ada.last(view.AccountView).code, bool(ada.last(view.AccountView).wants)) == ("", True)
    ada.do(events.SecretsRequested(way="passkey"))
    Authenticator().answer(ada)
    assert ada.last(view.AccountView).code == code
    assert ada.last(view.SessionView).code_unsaved
    ada.do(events.AccountClosed())
    world.advance(300_000)
    assert ada.records(SecretsRecord) == []


def test_without_prf_it_is_not_added() -> None:
    world = World()
    ada, _, _ = meet(world)
    account = add(ada, Authenticator(prf=False))
    assert "PRF" in account.error
    assert account.passkeys == []
    assert ada.records(SecretsRecord) != []


@pytest.mark.parametrize(
    ("authenticator", "told"),
    [
        (Authenticator("changed"), "another key than when it was added"),
        (Authenticator(prf=False), "Use your recovery code"),
        (Authenticator(passkey_id="b3RoZXI"), "belongs to no account here"),
    ],
    ids=["another output", "no output", "unknown"],
)
def test_what_does_not_open_is_told_and_the_code_serves(authenticator: Authenticator, told: str) -> None:
    world = World()
    ada, _, _ = meet(world)
    code = ada.recovery_code()
    add(ada, Authenticator())
    device = sign_in(world, authenticator)
    assert told in device.last(view.SignInView).error
    assert device.records(AccountRecord) == []
    device.do(events.SignInRequested(way="code", code=code))
    world.advance(5_000)
    assert device.account["user_id"] == ada.account["user_id"]


def test_who_cancels_is_told_and_nothing_has_changed() -> None:
    world = World()
    ada, _, _ = meet(world)
    world.advance(3_000)
    ada.do(events.AccountOpened(), events.PasskeyAddRequested(name="Key"))
    asked = ada.last(view.PasskeyRequestView)
    ada.do(events.PasskeyFailed(request_id=asked.request_id, reason="Cancelled."))
    assert ada.last(view.AccountView).error == "Cancelled."
    Authenticator().answer(ada)  # too late
    assert ada.last(view.AccountView).passkeys == []


def test_another_accounts_passkey_opens_nothing_here() -> None:
    world = World()
    ada, bob, _ = meet(world)
    add(ada, Authenticator("hers", "aGVycw"))
    add(bob, Authenticator("his", "aGlz"))
    ada.do(events.AccountOpened(), events.RecoveryCodeRequested(), events.SecretsRequested(way="passkey"))
    Authenticator("his", "aGlz").answer(ada)
    assert "another account" in ada.last(view.AccountView).error
    assert ada.records(SecretsRecord) == []


def test_a_removed_passkey_opens_no_more() -> None:
    world = World()
    ada, _, _ = meet(world)
    add(ada, Authenticator())
    ada.do(events.AccountOpened(), events.PasskeyRemovalRequested(passkey_id="cGFzc2tleQ"))
    assert "Removing a passkey" in ada.last(view.AccountView).wants
    ada.do(events.SecretsRequested(way="passkey"))
    Authenticator().answer(ada)
    assert ada.last(view.AccountView).passkeys == []
    assert "no account here" in sign_in(world, Authenticator()).last(view.SignInView).error


def test_signing_up_with_a_passkey() -> None:
    world = World()
    device = Device(world)
    device.do(events.NameEntered(name="Ada", device="Phone", passkey=True))
    world.advance(3_000)
    Authenticator().answer(device)
    assert device.records(SecretsRecord) == []
    assert sign_in(world, Authenticator()).account["name"] == "Ada"
