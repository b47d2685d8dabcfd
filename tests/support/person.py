"""A person at a page: does and sees things by role and accessible name alone."""

import re
from dataclasses import dataclass

from playwright.async_api import BrowserContext, Locator, Page, expect

from watcher import Watcher


@dataclass
class Person:
    name: str
    url: str
    context: BrowserContext
    page: Page
    watcher: Watcher

    async def start(self) -> None:
        """Gives the name; returns when the chats are there and the server is reached."""
        await self.page.get_by_role("textbox", name="Your name").fill(self.name)
        await self.page.get_by_role("button", name="Start").click()
        await self.is_connected()

    async def is_connected(self) -> None:
        await expect(self.page.get_by_role("status")).to_have_text("Connected")

    async def create_group(self, group: str) -> None:
        await self.page.get_by_role("button", name="New group").click()
        await self.page.get_by_role("textbox", name="Group name").fill(group)
        await self.page.get_by_role("button", name="Create").click()
        await self.is_in(group)

    async def is_in(self, group: str) -> None:
        """The chat is opened and can be written in."""
        await expect(self.page.get_by_role("heading", name=group, exact=True)).to_be_visible()
        await expect(self.message_box).to_be_editable()

    async def make_link(self) -> str:
        """A fresh invite link of the opened chat; its secret must never be seen in a request."""
        await self.page.get_by_role("button", name="Invite", exact=True).click()
        box = self.page.get_by_role("dialog", name="Invite").get_by_role("textbox", name="Invite link")
        await expect(box).to_have_value(re.compile(r"#join="))
        link = await box.input_value()
        self.watcher.secrets.append(link.rpartition(".")[2])
        await self.page.get_by_role("dialog", name="Invite").get_by_role("button", name="Close").click()
        return link

    async def open_link(self, link: str) -> None:
        self.watcher.secrets.append(link.rpartition(".")[2])
        await self.page.goto(link)

    async def join(self, link: str, group: str) -> None:
        await self.open_link(link)
        await expect(self.page.get_by_role("heading", name=f"Join {group}")).to_be_visible()
        await self.page.get_by_role("button", name="Join", exact=True).click()
        await self.is_in(group)

    async def open_chat(self, group: str) -> None:
        chats = self.page.get_by_role("navigation", name="Chats")
        await chats.get_by_role("link", name=re.compile(f"^{re.escape(group)}")).click()
        await self.is_in(group)

    async def say(self, text: str) -> None:
        await self.message_box.fill(text)
        await self.page.get_by_role("button", name="Send").click()

    async def sees(self, *texts: str) -> None:
        """Each text is in the chat, exactly once."""
        for text in texts:
            await expect(self.messages.get_by_text(text, exact=True)).to_have_count(1)

    async def is_told(self, sentence: str) -> None:
        await expect(self.page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("log", name="Messages")

    @property
    def message_box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message", exact=True)
