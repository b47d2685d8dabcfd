"""F8, F9: an old copy of a whole profile is put back, or used beside the one that went on."""

from pathlib import Path

import pytest
from playwright.async_api import Playwright

from browser_profile import Profile, Settler
from mls_chat.lines import PROBLEMS

pytestmark = pytest.mark.timeout(240)


async def with_copy(settle: Settler, copy: Path) -> tuple[Profile, Profile, str]:
    """Ada, whose browser is closed and whose profile was copied; Bob, who is in her chat; and where that is."""
    ada, bob = await settle("Ada"), await settle("Bob")
    await ada.person.create_group("Tea")
    await bob.person.join(await ada.person.make_link(), "Tea")
    await ada.person.say("before the copy")
    await bob.person.sees("before the copy")
    chat = "/#" + ada.person.page.url.partition("#")[2]
    await ada.close()
    await ada.copy(copy)
    return ada, bob, chat


async def test_a_restored_old_profile_reconnects_and_nobody_loses_a_text(settle: Settler, tmp_path: Path) -> None:
    ada, bob, chat = await with_copy(settle, tmp_path / "old")
    await ada.start(chat)
    await ada.person.say("only the newer profile has this")
    await bob.person.sees("only the newer profile has this")
    await bob.person.say("meanwhile from Bob")
    await ada.person.sees("meanwhile from Bob")
    await ada.close()
    await ada.put_back(tmp_path / "old")
    await ada.start(chat)
    await ada.person.is_connected()
    await ada.person.sees("before the copy", "meanwhile from Bob", "You reconnected with new keys")
    await bob.person.sees("Ada reconnected with new keys")
    await ada.person.say("back again")
    await bob.person.sees("back again")
    await bob.person.say("welcome")
    await ada.person.sees("before the copy", "meanwhile from Bob", "back again", "welcome")
    await bob.person.sees("before the copy", "only the newer profile has this", "meanwhile from Bob", "back again")
    await ada.person.page.reload()
    await ada.person.sees("before the copy", "meanwhile from Bob", "back again", "welcome", PROBLEMS["own_lost"])


async def test_a_copied_profile_beside_the_first_is_told_and_nobody_loses_a_text(
    settle: Settler, playwright: Playwright, tmp_path: Path
) -> None:
    ada, bob, chat = await with_copy(settle, tmp_path / "copy")
    copy = Profile(playwright, tmp_path / "copy", "Ada", ada.url)
    await ada.start(chat)
    await ada.person.is_connected()
    await ada.person.say("from the first")
    await bob.person.sees("from the first")
    await copy.start(chat)
    await copy.person.is_connected()
    await copy.person.say("from the copy")
    # each takes the other's place once by itself; the one that comes second asks its person
    await copy.person.is_told("Another copy of this device took its place. Close the other copy, then reconnect here.")
    await ada.close()
    await copy.person.page.get_by_role("button", name="Reconnect").click()
    await bob.person.sees("from the copy")
    await copy.person.say("the copy goes on")
    await bob.person.sees("before the copy", "from the first", "from the copy", "the copy goes on")
    await bob.person.say("heard")
    await copy.person.sees("from the copy", "the copy goes on", "heard")
    await copy.close()
    copy.watcher.check()
