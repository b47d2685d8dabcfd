"""What a person does with the account and its devices from a terminal."""

import platform

from mls_chat.events import (
    AccountClosed,
    AccountOpened,
    DeviceRevocationRequested,
    RecoveryCodeRequested,
    SignInRequested,
)
from mls_chat.native.app import NativeClient
from mls_chat.native.errors import CommandFailed
from mls_chat.native.screen import Board
from mls_chat.view import AccountView, DeviceView

SEALED = "The account's secrets are not kept on this device any more: use a browser with your passkey or code."


def device_name() -> str:
    """What the account calls this device."""
    return f"Terminal on {platform.node() or platform.system()}"


async def sign_in(client: NativeClient, code: str) -> None:
    """Makes this state file a device of the account with this recovery code. Raises CommandFailed."""
    if client.board.session.stage != "new":
        raise CommandFailed("this state file has an account already: choose another one with --state")
    client.board.sign_in = None
    client.post(SignInRequested(way="code", code=code, device=device_name()))

    def outcome(board: Board) -> str | None:
        if board.sign_in is not None and board.sign_in.stage == "failed":
            return board.sign_in.error
        return "" if board.session.stage == "ready" else None

    if error := await client.wait("signing in", outcome):
        raise CommandFailed(error)
    await client.online()


async def history_fetched(client: NativeClient, seconds: float = 120.0) -> str:
    """Once the backup's history is here, or what has come of it; empty where there was none."""

    def ended(board: Board) -> str | None:
        return None if board.history is None or board.history.stage == "loading" else board.history.text

    return await client.wait("fetching the history", ended, seconds)


async def recovery_code(client: NativeClient) -> str:
    """Raises CommandFailed where it is not kept here any more."""
    client.board.account = None
    client.post(AccountOpened())
    client.post(RecoveryCodeRequested())

    def shown(board: Board) -> AccountView | None:
        account = board.account
        return account if account is not None and (account.code or account.wants) else None

    account = await client.wait("reading the recovery code", shown)
    client.post(AccountClosed())
    if not account.code:
        raise CommandFailed(SEALED)
    return account.code


async def devices(client: NativeClient) -> list[DeviceView]:
    account = await _listed(client)
    client.post(AccountClosed())
    return account.devices


async def _listed(client: NativeClient) -> AccountView:
    client.board.account = None
    client.post(AccountOpened())

    def loaded(board: Board) -> AccountView | None:
        account = board.account
        return account if account is not None and account.loaded and account.devices else None

    return await client.wait("listing the devices", loaded)


async def revoke(client: NativeClient, wanted: str) -> DeviceView:
    """By id, or by a name that only one live device has. Raises CommandFailed."""
    account = await _listed(client)
    found = [each for each in account.devices if wanted in (each.device_id, each.name) and not each.revoked]
    if len(found) != 1:
        raise CommandFailed(f"{len(found)} devices are called {wanted!r}: `mls-chat devices` lists them")
    client.post(DeviceRevocationRequested(device_id=found[0].device_id))

    def outcome(board: Board) -> str | None:
        now = board.account
        if now is None:
            return None
        if now.error or now.wants:
            return now.error or SEALED
        return "" if any(each.revoked and each.device_id == found[0].device_id for each in now.devices) else None

    error = await client.wait("revoking the device", outcome)
    client.post(AccountClosed())
    if error:
        raise CommandFailed(error)
    return found[0]
