"""`mls-chat`: the terminal client."""

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mls_chat.native import commands, demo
from mls_chat.native.app import open_client, origin_of
from mls_chat.native.errors import CommandFailed
from mls_chat.ports import StorageFailed
from mls_chat.records import RecordUnreadable

LOCAL_URL: Final = "http://127.0.0.1:8000"
ACTIONS: Final = {
    "groups": commands.groups,
    "create-group": commands.create_group,
    "invite": commands.invite,
    "join": commands.join,
    "send": commands.send,
    "recv": commands.recv,
    "recovery-code": commands.recovery_code,
    "sign-in": commands.sign_in,
    "devices": commands.devices,
    "revoke": commands.revoke,
}


def default_state() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "mls-chat" / "state.db"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="mls-chat", description="End-to-end encrypted group chat in the terminal.")
    top.add_argument("--url", help=f"the server (MLS_CHAT_URL, else {LOCAL_URL})")
    top.add_argument("--state", type=Path, default=default_state(), help="state file, one per person (%(default)s)")
    top.add_argument("--name", help="your name, when the account is made (your login name)")
    actions = top.add_subparsers(dest="action", required=True, metavar="COMMAND")
    actions.add_parser("demo", help="two people meet and chat, with state files that are thrown away")
    actions.add_parser("groups", help="list your groups")
    actions.add_parser("create-group", help="make a group").add_argument("group", metavar="NAME")
    invite = actions.add_parser("invite", help="print a link that lets one person join")
    invite.add_argument("group", metavar="GROUP")
    invite.add_argument("--wait", action="store_true", help="stay online until somebody has joined")
    join = actions.add_parser("join", help="join a group by its link; a member must be online")
    join.add_argument("link", metavar="LINK")
    join.add_argument("--seconds", type=float, default=60.0, help="how long to wait for a member (%(default)s)")
    send = actions.add_parser("send", help="send a message")
    send.add_argument("group", metavar="GROUP")
    send.add_argument("text", metavar="TEXT")
    recv = actions.add_parser("recv", help="print the messages of a group")
    recv.add_argument("group", metavar="GROUP")
    recv.add_argument("--follow", action="store_true", help="stay and print what comes")
    actions.add_parser("recovery-code", help="print the recovery code of your account")
    sign_in = actions.add_parser("sign-in", help="make this state file a device of your account")
    sign_in.add_argument("code", metavar="CODE", nargs="?", help="the recovery code; asked for where it is left out")
    actions.add_parser("devices", help="list the devices of your account")
    actions.add_parser("revoke", help="put a device out of your account").add_argument("device", metavar="DEVICE")
    return top


def server_of(options: argparse.Namespace) -> str:
    """--url, else where a link leads, else MLS_CHAT_URL, else the local stack."""
    link = getattr(options, "link", None)
    chosen: str = options.url or link or os.environ.get("MLS_CHAT_URL") or LOCAL_URL
    return origin_of(chosen)


async def _act(options: argparse.Namespace) -> None:
    url = server_of(options)
    if options.action == "demo":
        await demo.run(url)
        return
    async with open_client(options.state, url) as client:
        if options.action != "sign-in":
            await client.introduce(options.name or getpass.getuser())
        await ACTIONS[options.action](client, options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when done, 1 with one clear line on stderr otherwise, 2 for wrong usage, 130 after Ctrl-C."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(_act(options))
    except (CommandFailed, StorageFailed, RecordUnreadable) as error:
        print(f"mls-chat: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
