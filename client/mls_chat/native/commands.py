"""What the terminal client can be told to do; each command works on a started client."""

import asyncio
from argparse import Namespace
from datetime import datetime
from typing import Final

from mls_chat.native import account
from mls_chat.native.app import NativeClient
from mls_chat.native.errors import CommandFailed
from mls_chat.view import ChatSummary, LineView

QUIET_S: Final = 1.0
WAIT_S: Final = 7 * 24 * 3600.0


def _print(line: str) -> None:
    print(line, flush=True)


def find_group(client: NativeClient, wanted: str) -> ChatSummary:
    """By id, or by a name that only one group has. Raises CommandFailed."""
    found = [chat for chat in client.board.chats if wanted in (chat.group_id, chat.name)]
    if not found:
        raise CommandFailed(f"there is no group {wanted!r}: `mls-chat groups` lists them")
    if len(found) > 1:
        raise CommandFailed(f"{len(found)} groups are called {wanted!r}: give the id instead")
    return found[0]


async def groups(client: NativeClient, _options: Namespace) -> None:
    await client.online()
    await client.board.quiet(QUIET_S)
    for chat in client.board.chats:
        _print(f"{chat.group_id}  {chat.state:8}  {chat.unread:4} unread  {chat.name}")


async def create_group(client: NativeClient, options: Namespace) -> None:
    chat = await client.create_group(options.group)
    _print(f"{chat.group_id}  {chat.name}")


async def invite(client: NativeClient, options: Namespace) -> None:
    await client.online()
    chat = find_group(client, options.group)
    link = await client.invite(chat.group_id)
    _print(link)
    if not options.wait:
        _print("This link lets one person join, while a member is online: run `invite --wait` or `recv --follow`.")
        return
    before = await client.member_count(chat.group_id)
    await client.member_count(chat.group_id, before + 1, WAIT_S)
    _print("joined")


async def join(client: NativeClient, options: Namespace) -> None:
    view = await client.open_link(options.link)
    _print(f"joining {view.group_name}")
    group_id = await client.join(options.seconds)
    _print(f"{group_id}  {view.group_name}")


async def recovery_code(client: NativeClient, _options: Namespace) -> None:
    await client.online()
    _print(await account.recovery_code(client))
    _print("Keep it in a safe place: with it your account and your history come to any device.")


async def sign_in(client: NativeClient, options: Namespace) -> None:
    code = options.code or await asyncio.to_thread(input, "Recovery code: ")
    await account.sign_in(client, code)
    _print(f"signed in as {client.board.session.name}")
    if told := await account.history_fetched(client):
        _print(told)


async def devices(client: NativeClient, _options: Namespace) -> None:
    await client.online()
    for each in await account.devices(client):
        state = "revoked" if each.revoked else "this device" if each.this else ""
        _print(f"{each.device_id}  {state:11}  {each.name}")


async def revoke(client: NativeClient, options: Namespace) -> None:
    await client.online()
    revoked = await account.revoke(client, options.device)
    _print(f"revoked {revoked.name}")


async def send(client: NativeClient, options: Namespace) -> None:
    await client.online()
    chat = find_group(client, options.group)
    await client.send(chat.group_id, options.text)
    _print("sent")


async def recv(client: NativeClient, options: Namespace) -> None:
    """Prints the chat's newest page and what comes; without --follow until nothing more comes."""
    await client.online()
    chat = find_group(client, options.group)
    await client.open_chat(chat.group_id)
    printed: set[str] = set()

    def print_new() -> None:
        for line in client.board.ordered_lines():
            if line.id not in printed and line.state != "sending":
                printed.add(line.id)
                _print(render(line))

    if not options.follow:
        await client.board.quiet(QUIET_S)
        await client.board.wait(lambda board: not board.gap or None, WAIT_S)
        print_new()
        return
    while True:
        print_new()
        await client.board.wait(lambda board: (not board.gap and board.lines.keys() - printed) or None, WAIT_S)
        await asyncio.sleep(0)


def render(line: LineView) -> str:
    when = datetime.fromtimestamp(line.time / 1000).strftime("%Y-%m-%d %H:%M")
    return f"{when}  {line.sender}: {line.text}" if line.line == "text" else f"{when}  * {line.text}"
