"""Linking: the new device shows a code, the other one reads it, and nobody else can answer."""

import msgspec
import pytest

from forging import goes_on
from mls_chat import events, view
from mls_chat.link_code import LinkCodeRefused, new_link_code, offer_code, read_link_code
from mls_chat.records import AccountRecord, SecretsRecord
from mls_rs_python import Crypto
from world import Device, World, meet

CRYPTO = Crypto()


def waiting(world: World) -> tuple[Device, str]:
    device = Device(world)
    device.do(events.LinkCodeRequested(device="Tablet"))
    return device, device.last(view.LinkingView).code


def test_a_linked_device_is_in_every_group_with_the_history() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "before")
    world.advance(60_000)
    tablet = world.linked(ada)
    world.advance(30_000)
    assert ada.last(view.LinkingView).stage == "done"
    assert tablet.last(view.LinkingView).stage == "none"
    (account,) = tablet.records(AccountRecord)
    assert (account.name, account.device_name) == ("Ada", "Linked")
    assert tablet.texts(group_id) == ["before"]
    goes_on(ada, tablet, group_id)
    goes_on(bob, tablet, group_id)
    assert tablet.records(SecretsRecord) == []


def test_without_history_it_begins_with_what_comes() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "before")
    world.advance(60_000)
    tablet = world.linked(ada, "none")
    world.advance(30_000)
    assert tablet.texts(group_id) == []
    goes_on(bob, tablet, group_id)


def test_a_range_of_the_history() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "long ago")
    world.now += 40 * 24 * 3_600_000
    bob.say(group_id, "lately")
    world.advance(60_000)
    tablet = world.linked(ada, "month")
    world.advance(30_000)
    assert tablet.texts(group_id) == ["lately"]


def test_the_person_is_asked_by_name_and_nothing_happens_before() -> None:
    world = World()
    ada, _, _ = meet(world)
    tablet, code = waiting(world)
    ada.do(events.LinkCodeEntered(code=f"http://chat.test/#link={code}"))
    asked = ada.last(view.LinkingView)
    assert (asked.stage, asked.device_name) == ("confirm", "Tablet")
    world.advance(10_000)
    assert tablet.records(AccountRecord) == []
    ada.do(events.LinkingClosed())
    ada.do(events.LinkConfirmed(history="none"))
    world.advance(10_000)
    assert tablet.records(AccountRecord) == []


def test_a_device_that_another_offer_was_put_in_for_is_refused() -> None:
    world = World()
    ada, _, _ = meet(world)
    _, code = waiting(world)
    offer = next(iter(world.server.links.values()))
    offer.offer = bytes(len(offer.offer))
    ada.do(events.LinkCodeEntered(code=code))
    assert "another device" in ada.last(view.LinkingView).error


def test_an_answer_by_somebody_who_has_not_seen_the_code_is_refused() -> None:
    """A server, or another account, knows all of the code but its secret."""
    world = World()
    eve = world.device("Eve")
    world.advance(3_000)
    tablet, code = waiting(world)
    public, _ = read_link_code(code)
    eve.do(events.LinkCodeEntered(code=public + "0" * 10))
    eve.do(events.LinkConfirmed(history="none"))
    world.advance(10_000)
    assert "does not come from your other device" in tablet.last(view.LinkingView).error
    assert tablet.records(AccountRecord) == []


def test_a_device_that_can_not_sign_for_its_account_asks_for_the_secrets() -> None:
    world = World()
    ada, _, _ = meet(world)
    code = ada.recovery_code()
    ada.do(events.AccountOpened(), events.RecoveryCodeConfirmed(code=code))
    world.advance(300_000)
    assert ada.records(SecretsRecord) == []
    tablet, shown = waiting(world)
    ada.do(events.LinkCodeEntered(code=shown), events.LinkConfirmed(history="none"))
    world.advance(10_000)
    assert tablet.records(AccountRecord) == []
    assert "Adding a device" in ada.last(view.AccountView).wants
    ada.do(events.SecretsRequested(way="code", code=code))
    world.advance(10_000)
    assert [account.name for account in tablet.records(AccountRecord)] == ["Ada"]


def test_codes() -> None:
    offer = msgspec.msgpack.encode({"any": "thing"})
    code = new_link_code(CRYPTO, offer)
    assert read_link_code(code.lower())[0] == offer_code(offer)
    assert read_link_code(f"https://x.example/path#link={code}") == read_link_code(code)
    assert offer_code(offer) != offer_code(offer + b"!")
    for entered in ("https://chat.test/#join=x", "", code[:-1], code + "0", "U" + code[1:], "hello"):
        with pytest.raises(LinkCodeRefused):
            read_link_code(entered)
