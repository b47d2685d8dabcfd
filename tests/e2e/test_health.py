"""The page tells the truth about connection, storage and groups, and what is wrong with a chat."""

import re

import pytest
from playwright.async_api import Locator, expect

from browser import Newcomer
from person import Person
from stack.supervisor import Stack
from stored import storage_of

pytestmark = pytest.mark.timeout(240)
WARNING = {"level": "warning", "text": "This device and others may not see the same.", "action": "rejoin"}
NOTICE = {"level": "notice", "text": "Messages are missing here. They are being fetched.", "action": ""}


async def open_panel(person: Person) -> Locator:
    await person.page.get_by_role("button", name="Connection & health").click()
    panel = person.page.get_by_role("dialog", name="Connection & health")
    await expect(panel).to_be_visible()
    return panel


def value_of(place: Locator, term: str) -> Locator:
    row = place.locator("dl > div").filter(has=place.page.get_by_role("term").filter(has_text=term))
    return row.get_by_role("definition")


async def fact(place: Locator, term: str) -> str:
    """The value behind a term, once it is there."""
    value = value_of(place, term)
    await expect(value).not_to_have_text("…")
    return await value.inner_text()


async def silence(person: Person) -> None:
    """What the engine shows from here on does not reach the page."""
    await person.page.evaluate("document.querySelector('mls-app').receive = () => {}")


async def show(person: Person, message: dict[str, object]) -> None:
    """The page gets a view as from the engine."""
    draw = "app => message => Object.getPrototypeOf(app).receive.call(app, message)"
    await person.page.evaluate(f"message => ({draw})(document.querySelector('mls-app'))(message)", message)


async def opened_group(person: Person) -> str:
    return str(await person.page.evaluate("location.hash.slice('#chat='.length)"))


async def test_the_panel_tells_each_group_in_numbers_and_follows_it(newcomer: Newcomer) -> None:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    await alice.create_group("Hiking")
    await bob.join(await alice.make_link(), "Hiking")
    await bob.say("One")
    await alice.sees("One")
    panels = [await open_panel(person) for person in (alice, bob)]
    groups = [panel.get_by_role("region", name="Hiking") for panel in panels]
    for group in groups:
        assert [await fact(group, term) for term in ("Members", "Unsent", "Not shown")] == ["2", "0", "none"]
    assert await fact(groups[0], "Authenticator") == await fact(groups[1], "Authenticator")
    assert re.fullmatch("[0-9a-f]{4}( [0-9a-f]{4}){3}", await fact(groups[0], "Authenticator"))
    seq, head = map(int, (await fact(groups[0], "Sequence")).split(" of "))
    assert seq == head > 0
    await bob.page.keyboard.press("Escape")
    await bob.say("Two")
    await expect(groups[0]).to_contain_text(f"{seq + 1} of {seq + 1}")
    assert await fact(panels[0], "Connection") == "Connected"
    assert re.match(r"\d", await fact(panels[0], "Last save"))
    assert re.fullmatch(r"[\d.]+ [kMG]?B", await fact(panels[0], "Storage used"))
    assert re.fullmatch(r"\d+ \+ messages", await fact(panels[0], "Rows stored"))
    epoch = int(await fact(groups[0], "Epoch"))
    await groups[0].get_by_role("button", name="Renew keys").click()
    await expect(value_of(groups[0], "Epoch")).to_have_text(str(epoch + 1))
    await alice.page.keyboard.press("Escape")
    await bob.say("Still here")
    await alice.sees("Two", "Still here")


async def test_the_report_is_copied_and_gives_nothing_away(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice Liddell")
    await alice.create_group("Wonderland")
    await alice.say("Down the rabbit hole")
    await alice.sees("Down the rabbit hole")
    panel = await open_panel(alice)
    await expect(panel.get_by_role("region", name="Wonderland")).to_be_visible()
    await panel.get_by_role("button", name="Copy report").click()
    await expect(panel.get_by_text("Copied", exact=True)).to_be_visible()
    await alice.page.keyboard.press("Escape")
    await alice.message_box.press("Control+V")
    report = await alice.message_box.input_value()
    group_id = await opened_group(alice)
    assert f"group {group_id[:8]}: active, entry " in report
    assert re.search(r"^storage: \d+ bytes used, \d+ available, persistent: (yes|no)$", report, re.MULTILINE)
    for secret in ("Alice", "Liddell", "Wonderland", "rabbit", group_id):
        assert secret not in report


async def test_a_browser_that_refuses_to_copy_leaves_the_report_to_be_read(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await set_permission(alice, "clipboard-write", "denied")
    panel = await open_panel(alice)
    await panel.get_by_role("button", name="Copy report").click()
    await expect(panel.get_by_text("The browser refused to copy.")).to_be_visible()
    await panel.get_by_text("What the report says").click()
    await expect(panel.get_by_role("group", name="Report")).to_contain_text("connection: connected")


async def test_keeping_the_data_is_asked_of_the_browser_and_the_answer_told(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    panel = await open_panel(alice)
    assert await fact(panel, "Persistent") == "no"
    keep = panel.get_by_role("button", name="Keep my data")
    await keep.click()
    await expect(panel.get_by_text("The browser did not agree for now.")).to_be_visible()
    await set_permission(alice, "persistent-storage", "granted")
    await keep.click()
    await expect(panel.get_by_text("The browser keeps your data until you delete it yourself.")).to_be_visible()
    await expect(keep).to_be_hidden()
    assert await fact(panel, "Persistent") == "yes"


async def set_permission(person: Person, name: str, setting: str) -> None:
    session = await person.context.new_cdp_session(person.page)
    target = await session.send("Target.getTargetInfo")
    facts = {"permission": {"name": name}, "setting": setting, "origin": person.url}
    context = {"browserContextId": target["targetInfo"]["browserContextId"]}
    await session.send("Browser.setPermission", facts | context)


async def test_the_panel_opens_and_closes_by_keyboard(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    button = alice.page.get_by_role("button", name="Connection & health")
    await button.focus()
    await alice.page.keyboard.press("Enter")
    panel = alice.page.get_by_role("dialog", name="Connection & health")
    await expect(panel.get_by_role("button", name="Close")).to_be_focused()
    await alice.page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(button).to_be_focused()


async def test_an_alert_is_in_the_chats_header_and_in_the_list(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Choir")
    group_id = await opened_group(alice)
    await silence(alice)
    banner = alice.page.get_by_role("alert").filter(has_text=str(WARNING["text"]))
    await show(alice, {"kind": "chat_alert", "group_id": group_id, "alert": WARNING})
    await expect(banner).to_be_visible()
    await expect(alice.page.get_by_role("button", name="Reconnect")).to_be_enabled()
    summary = {"group_id": group_id, "name": "Choir", "last_line": "", "last_time": 0, "unread": 2, "state": "active"}
    await show(alice, {"kind": "chats", "chats": [summary | {"alert": WARNING}]})
    link = alice.page.get_by_role("link", name="Choir")
    await expect(link).to_have_accessible_description(f"2 unread. Warning: {WARNING['text']}")
    await show(alice, {"kind": "chat_alert", "group_id": group_id, "alert": NOTICE})
    await expect(alice.page.get_by_text(str(NOTICE["text"]))).to_be_visible()
    await expect(banner).to_have_count(0)
    await expect(alice.page.get_by_role("button", name="Reconnect")).to_have_count(0)
    await alice.is_connected()


async def test_a_text_that_could_not_be_stored_comes_back_below_what_is_being_typed(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Choir")
    group_id = await opened_group(alice)
    await alice.message_box.fill("half of")
    await alice.message_box.press("ArrowLeft")
    await show(alice, {"kind": "returned", "group_id": group_id, "text": "what I sent"})
    await alice.is_told("A text of yours could not be stored and is back here.")
    await expect(alice.message_box).to_have_value("half of\nwhat I sent")
    await alice.page.keyboard.type("X")
    await expect(alice.message_box).to_have_value("half oXf\nwhat I sent")
    await alice.page.get_by_role("button", name="Send").click()
    await alice.sees("half oXf\nwhat I sent")
    await expect(alice.page.get_by_role("alert")).to_have_count(0)
    await expect(alice.message_box).to_have_value("")


async def test_a_draft_stays_with_its_chat_also_when_that_is_left(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Choir")
    await alice.message_box.fill("To the choir")
    await alice.create_group("Band")
    await expect(alice.message_box).to_have_value("")
    await alice.page.go_back()
    await expect(alice.message_box).to_have_value("To the choir")
    await alice.page.evaluate("location.hash = ''")
    await expect(alice.page.get_by_text("No chat is open")).to_be_visible()
    await alice.open_chat("Choir")
    await expect(alice.message_box).to_have_value("To the choir")


async def test_a_device_that_lost_a_groups_keys_says_so_until_it_has_come_back(
    newcomer: Newcomer, stack: Stack
) -> None:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    bob.watcher.forgiven = ("the server responded with a status of 50",)  # the browser itself reports a refused call
    await alice.create_group("Hiking")
    await bob.join(await alice.make_link(), "Hiking")
    await alice.say("Before")
    await bob.sees("Before")
    try:
        async with storage_of(bob) as stored:
            for key in await stored.keys("mls"):
                await stored.cut("mls", key)
            stack.service("functions").stop()
        link = bob.page.get_by_role("navigation", name="Chats").get_by_role("link", name="Hiking")
        await expect(link).to_have_accessible_description(re.compile("^Warning: This device has lost its keys"))
        await bob.is_told("This device has lost its keys for this group and is coming back with new ones.")
        panel = await open_panel(bob)
        await expect(panel.get_by_role("region", name="Hiking")).to_contain_text("This device has lost its keys")
        await bob.page.keyboard.press("Escape")
    finally:
        stack.service("functions").start()
    await expect(bob.messages.get_by_text("You reconnected with new keys")).to_have_count(1)
    await expect(bob.page.get_by_role("alert").filter(has_text="lost its keys")).to_have_count(0)
    await alice.say("After")
    await bob.sees("Before", "After")
    await bob.say("Back again")
    await alice.sees("Bob reconnected with new keys", "Back again")


async def open_members(person: Person) -> Locator:
    await person.page.get_by_role("button", name="Members").click()
    members = person.page.get_by_role("dialog", name="Members")
    await expect(members.get_by_role("list", name="Members")).to_contain_text(person.name)
    return members


async def test_a_member_is_removed_after_a_second_question(newcomer: Newcomer) -> None:
    alice, bob, carol = await newcomer("Alice"), await newcomer("Bob"), await newcomer("Carol")
    await alice.create_group("Hiking")
    for person in (bob, carol):
        await person.join(await alice.make_link(), "Hiking")
    members = await open_members(alice)
    await members.get_by_role("button", name="Remove Bob").click()
    question = members.get_by_role("group", name="Remove Bob?")
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await question.get_by_role("button", name="Cancel").click()
    await expect(members.get_by_role("button", name="Remove Bob")).to_be_focused()
    await members.get_by_role("button", name="Remove Bob").click()
    await question.get_by_role("button", name="Remove", exact=True).click()
    await expect(members.get_by_role("list", name="Members").get_by_text("Bob", exact=True)).to_have_count(0)
    await alice.page.keyboard.press("Escape")
    await alice.sees("Alice removed Bob")
    await carol.sees("Alice removed Bob")
    await bob.sees("You were removed from the group")
    await expect(bob.message_box).to_have_count(0)
    await alice.say("Without Bob")
    await carol.sees("Without Bob")


async def test_a_group_is_renamed_for_everybody(newcomer: Newcomer) -> None:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    await alice.create_group("Hiking")
    await bob.join(await alice.make_link(), "Hiking")
    members = await open_members(bob)
    name = members.get_by_role("textbox", name="Group name")
    await expect(name).to_have_value("Hiking")
    await expect(members.get_by_role("button", name="Rename")).to_be_disabled()
    await name.fill("  Climbing ")
    await name.press("Enter")
    await expect(name).to_have_value("Climbing")
    await bob.page.keyboard.press("Escape")
    for person in (alice, bob):
        await person.is_in("Climbing")
        await expect(person.page.get_by_role("link", name="Climbing")).to_be_visible()
        await expect(person.messages.get_by_text("Bob renamed the group to “Climbing”")).to_have_count(1)
