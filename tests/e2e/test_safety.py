"""Safety codes: the same on both sides, compared by eye or by camera, and marked."""

import pytest
from playwright.async_api import Locator, expect

from browser import Newcomer
from camera import Camera
from person import Person

pytestmark = pytest.mark.timeout(300)


async def together(newcomer: Newcomer, *names: str) -> list[Person]:
    """In one group."""
    people = [await newcomer(name) for name in names]
    await people[0].create_group("Hiking")
    for person in people[1:]:
        await person.join(await people[0].make_link(), "Hiking")
    for person in people:
        await person.say(f"Here is {person.name}")
        for other in people:
            await other.sees(f"Here is {person.name}")
    return people


async def open_members(person: Person) -> Locator:
    await person.page.get_by_role("button", name="Members", exact=True).click()
    return person.page.get_by_role("dialog", name="Members")


async def open_code(person: Person, other: Person) -> Locator:
    members = await open_members(person)
    await members.get_by_role("button", name=f"Verify {other.name}").click()
    return person.page.get_by_role("dialog", name="Safety code")


def row_of(members: Locator, person: Person) -> Locator:
    return members.get_by_role("list", name="Members").get_by_role("listitem").filter(has_text=person.name)


async def digits_of(dialog: Locator) -> list[str]:
    return (await dialog.get_by_role("group", name="Digits of the safety code").inner_text()).split()


async def test_both_see_the_same_code_and_one_marks_it(newcomer: Newcomer) -> None:
    alice, bob = await together(newcomer, "Alice", "Bob")
    dialog, others = await open_code(alice, bob), await open_code(bob, alice)
    digits = await digits_of(dialog)
    assert len(digits) == 12
    assert digits == await digits_of(others)
    await dialog.get_by_role("button", name="Mark as verified").click()
    await expect(dialog.get_by_text("Verified just now")).to_be_visible()
    await alice.page.keyboard.press("Escape")
    members = alice.page.get_by_role("dialog", name="Members")
    await expect(members.get_by_role("button", name="Verify Bob")).to_be_focused()
    await expect(row_of(members, bob)).to_contain_text("Verified")
    await bob.page.keyboard.press("Escape")
    await expect(row_of(bob.page.get_by_role("dialog", name="Members"), alice)).not_to_contain_text("Verified")
    await alice.page.reload()
    await alice.is_in("Hiking")
    members = await open_members(alice)
    await expect(row_of(members, bob)).to_contain_text("Verified")
    await members.get_by_role("button", name="Verify Bob").click()
    await dialog.get_by_role("button", name="Take the mark back").click()
    await expect(dialog.get_by_role("button", name="Mark as verified")).to_be_visible()
    await alice.page.keyboard.press("Escape")
    await expect(row_of(members, bob)).not_to_contain_text("Verified")


async def test_the_camera_tells_the_same_code_from_another_one(newcomer: Newcomer, camera: Camera) -> None:
    alice, bob, carol = await together(newcomer, "Alice", "Bob", "Carol")
    code = "QR code of the safety code"
    other = await open_code(carol, bob)
    await camera.look_at(other.get_by_role("img", name=code))
    dialog = await open_code(alice, bob)
    await dialog.get_by_role("button", name="Scan with the camera").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("This is another code")
    await expect(dialog.get_by_role("button", name="Mark as verified")).to_be_visible()
    same = await open_code(bob, alice)
    await camera.look_at(same.get_by_role("img", name=code))
    await dialog.get_by_role("button", name="Scan with the camera").click()
    await expect(dialog.get_by_text("This is the same code. Bob is verified.")).to_be_visible()
    await alice.page.keyboard.press("Escape")
    members = alice.page.get_by_role("dialog", name="Members")
    await expect(row_of(members, bob)).to_contain_text("Verified")
    await expect(row_of(members, carol)).not_to_contain_text("Verified")


async def test_the_group_has_the_same_code_for_everybody(newcomer: Newcomer) -> None:
    people = await together(newcomer, "Alice", "Bob")
    codes = [(await open_members(person)).get_by_role("region", name="Group code") for person in people]
    for code in codes:
        await expect(code).to_contain_text("The same for everybody")
    assert await codes[0].inner_text() == await codes[1].inner_text()
