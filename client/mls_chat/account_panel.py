"""The dialog "Account": devices, passkeys, the recovery code, and what waits for the account's secrets to be opened."""

from collections.abc import Callable
from typing import Final

import msgspec

from mls_chat.account_secrets import AccountSecrets
from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.devices import Devices
from mls_chat.events import FunctionRefused
from mls_chat.linking import Linking
from mls_chat.passkeys import Passkeys
from mls_chat.restores import Restores
from mls_chat.sealing import SealBroken
from mls_chat.unlocks import Opened, Unlocks
from mls_chat.vault import Way, open_name
from mls_chat.vaults import Vaults
from mls_chat.view import AccountView, DeviceView, LeavingView, PasskeyView
from mls_chat.wire.bodies import DeviceListReply, Empty

UNNAMED: Final = "Device without a name"


class _OpenedPanel(msgspec.Struct):
    """On one tab. `act`: what is done as soon as the secrets are open."""

    shows_code: bool = False
    wants: str = ""
    act: Callable[[], None] | None = None
    busy: str = ""
    error: str = ""
    rehearsal: str = ""
    note: str = ""


class AccountPanel:
    def __init__(
        self,
        context: Context,
        calls: Calls,
        secrets: AccountSecrets,
        unlocks: Unlocks,
        logs: DeviceLogs,
        vaults: Vaults,
        passkeys: Passkeys,
        devices: Devices,
        restores: Restores,
        linking: Linking,
    ) -> None:
        self._context, self._calls, self._secrets, self._unlocks = context, calls, secrets, unlocks
        self._logs, self._vaults, self._passkeys, self._devices = logs, vaults, passkeys, devices
        self._opened: dict[str, _OpenedPanel] = {}
        """By tab."""
        self._list: DeviceListReply | None = None
        self.passkey_count: int | None = None
        """As the server has told it last."""
        self.leaving: Callable[[], LeavingView]
        """Set by the engine."""
        self.counted: Callable[[], None] = lambda: None
        """Set by the engine: the count is known."""
        self._restores, self._linking = restores, linking
        for part in (passkeys, devices):
            part.said, part.failed, part.changed = self._said, self._failed, self.ask
        restores.said, restores.failed, restores.rehearsed = self._said, self._failed, self._rehearsed
        calls.route("device_list", self._listed, self._list_refused)

    def open(self) -> None:
        if not self._opened:
            self._list = None  # it may be old
        self._opened.setdefault(self._context.tab or "", _OpenedPanel())
        self.ask()
        self.show()

    def close(self) -> None:
        self.tab_gone(self._context.tab or "")

    def tab_gone(self, tab: str) -> None:
        self._opened.pop(tab, None)
        self._secrets.put_away()

    @property
    def has_wishes(self) -> bool:
        """Whether something on its way needs the secrets."""
        return any(panel.busy or panel.act or panel.shows_code for panel in self._opened.values())

    def ask(self) -> None:
        """The server's list, for whoever looks at it."""
        if self._opened:
            self.count_passkeys()

    def count_passkeys(self) -> None:
        self._calls.call("device_list", "", Empty(), again=True)

    def _listed(self, _subject: str, reply: DeviceListReply) -> None:
        self._list, self.passkey_count = reply, len(reply.passkeys)
        self.show()
        self.counted()

    def _list_refused(self, _subject: str, refusal: FunctionRefused) -> None:
        self._failed(f"Your devices can't be listed: {refusal.message}")

    def _panel(self) -> _OpenedPanel:
        """Of the tab whose person the running event comes from."""
        return self._opened.setdefault(self._context.tab or "", _OpenedPanel())

    def _said(self, step: str) -> None:
        for panel in self._opened.values():
            panel.busy, panel.error = step, ""
        self.show()

    def fail(self, sentence: str) -> None:
        """Shows why what was asked for on the running event's tab was not done."""
        panel = self._panel()
        panel.busy, panel.error = "", sentence
        self.show()

    def _failed(self, sentence: str) -> None:
        for panel in self._opened.values():
            panel.busy, panel.error = "", sentence
        self.show()

    # What a person asks for

    def rename_device(self, device_id: str, name: str) -> None:
        self._devices.rename(device_id, name)

    def add_passkey(self, name: str) -> None:
        self._need("Adding a passkey needs your account to be opened.", lambda: self._passkeys.add(name))

    def remove_passkey(self, passkey_id: str) -> None:
        self._need("Removing a passkey needs your account to be opened.", lambda: self._passkeys.remove(passkey_id))

    def revoke_device(self, device_id: str) -> None:
        name = self._device_name(device_id)
        self._need(f"Revoking {name} needs your account to be opened.", lambda: self._devices.revoke(device_id))

    def confirm_link(self, history: str) -> None:
        self._need("Adding a device needs your account to be opened.", lambda: self._linking.confirm(history))

    def test_backup(self) -> None:
        self._need("Testing the backup needs your account to be opened.", self._restores.rehearse)

    def _rehearsed(self, sentence: str) -> None:
        for panel in self._opened.values():
            panel.rehearsal = sentence
        self.show()

    def show_code(self) -> None:
        panel = self._panel()

        def shown() -> None:
            panel.shows_code = True

        self._need("Showing the recovery code needs your account to be opened.", shown)

    def confirm_code(self, code: str) -> None:
        panel = self._panel()
        if self._context.account.code_saved:
            self.open_secrets("code", code)
            return
        panel.error = self._vaults.confirm(code)
        panel.shows_code = bool(panel.error)
        self.show()

    def _need(self, wants: str, act: Callable[[], None]) -> None:
        panel = self._panel()
        panel.error = panel.note = ""
        if self._secrets.opened is None:
            panel.wants, panel.act = wants, act
        else:
            act()
        self.show()

    def open_secrets(self, way: Way, code: str) -> None:
        panel = self._panel()

        def said(step: str) -> None:
            panel.busy, panel.error = step, ""
            self.show()

        def failed(sentence: str) -> None:
            panel.busy, panel.error = "", sentence
            self.show()

        self._unlocks.begin(way, code, said=said, done=lambda opened: self._unlocked(panel, opened, way), failed=failed)

    def _unlocked(self, panel: _OpenedPanel, opened: Opened, way: Way) -> None:
        account = self._context.account
        panel.busy = ""
        if opened.reply.user_id != account.user_id:
            panel.error = "That opens another account than yours."
            self.show()
            return
        self._secrets.keep(opened.root_key, opened.vault)
        if way == "code":
            account.code_saved, account.code_checked_at = True, self._context.now
            panel.note = "" if panel.act else "That is your recovery code. Keep it where it is."
        account.vault_generation = opened.reply.generation
        self._context.journal.put(account)
        act, panel.act, panel.wants = panel.act, None, ""
        if act is not None:
            act()
        self._vaults.changed()
        self._secrets.put_away()

    # What is shown

    def show(self) -> None:
        for tab, panel in self._opened.items():
            self._context.show(self._view(panel), tab)

    def _view(self, panel: _OpenedPanel) -> AccountView:
        account, secrets = self._context.account, self._secrets.opened
        return AccountView(
            name=account.name,
            user_id=account.user_id,
            devices=self._devices_view(),
            passkeys=self._passkeys_view(),
            loaded=self._list is not None,
            code=secrets.code if secrets is not None and panel.shows_code else "",
            code_unsaved=not account.code_saved,
            wants=panel.wants,
            busy=panel.busy,
            error=panel.error,
            leaving=self.leaving(),
            backup=panel.rehearsal,
            note=panel.note,
        )

    def _devices_view(self) -> list[DeviceView]:
        """Those in the account's log, as far as it is known here; what the server lists besides is no device of it."""
        account, own = self._context.account, self._logs.own
        listed = {row.device_id: row for row in self._list.devices} if self._list else {}
        devices = [
            DeviceView(
                device_id=device_id,
                name=self._device_name(device_id),
                this=device_id == account.device_id,
                last_seen=listed[device_id].last_seen if device_id in listed else 0,
                revoked=device_id in own.revoked,
            )
            for device_id in [*own.live, *own.revoked]
        ]
        return sorted(devices, key=lambda device: (device.revoked, not device.this, -device.last_seen))

    def _device_name(self, device_id: str) -> str:
        account = self._context.account
        sealed = {row.device_id: row.sealed_name for row in self._list.devices} if self._list else {}
        if device_id == account.device_id and account.device_name:
            return account.device_name
        return self._open_name(device_id, sealed.get(device_id, b"")) or UNNAMED

    def _passkeys_view(self) -> list[PasskeyView]:
        rows = self._list.passkeys if self._list else []
        return [
            PasskeyView(
                passkey_id=row.passkey_id,
                name=self._open_name(row.passkey_id, row.sealed_name) or "Passkey",
                last_used=row.last_used,
            )
            for row in rows
        ]

    def _open_name(self, subject: str, sealed: bytes) -> str:
        try:
            return open_name(self._context.crypto, self._context.account.storage_key, subject, sealed)
        except SealBroken:
            return ""
