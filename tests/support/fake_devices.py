"""The devices of an account: how they are named, added and revoked, and their log, in memory (see tests/contract)."""

from fake_ledger import refuse, require
from fake_registrations import Registrations
from mls_chat.wire import bodies
from mls_chat.wire.limits import DEVICE_LOG_PAGE, MAX_SEALED_NAME_BYTES


class Devices(Registrations):
    def device_add(self, device: str, body: bodies.DeviceAdd) -> bodies.Empty:
        user_id = self.devices[device]
        self._check_new(user_id, self.accounts[user_id].public_key, body.entry, body.credential, body.sealed_name)
        self._register(user_id, body.entry, body.sealed_name)
        return bodies.Empty()

    def device_list(self, device: str, _body: bodies.Empty) -> bodies.DeviceListReply:
        account = self._account(device)
        devices = [
            bodies.OwnDevice(
                device_id=each,
                created_at=registration.created_at,
                last_seen=registration.last_seen,
                revoked_at=registration.revoked_at,
                sealed_name=registration.sealed_name,
            )
            for each, registration in account.devices.items()
        ]
        return bodies.DeviceListReply(
            devices=devices,
            passkeys=[
                bodies.OwnPasskey(
                    passkey_id=passkey_id,
                    created_at=each.created_at,
                    last_used=each.last_used,
                    sealed_name=each.sealed_name,
                )
                for passkey_id, each in account.passkeys.items()
            ],
            vault_generation=account.generation,
            code_made_at=account.code.made_at if account.code is not None else 0,
        )

    def device_rename(self, device: str, body: bodies.DeviceRename) -> bodies.Empty:
        require(len(body.sealed_name) <= MAX_SEALED_NAME_BYTES)
        account = self._account(device)
        if body.device_id not in account.devices:
            raise refuse(404, "device_missing")
        account.devices[body.device_id].sealed_name = body.sealed_name
        return bodies.Empty()

    def device_revoke(self, device: str, body: bodies.DeviceRevoke) -> bodies.Empty:
        user_id, entry = self.devices[device], body.entry
        account = self.accounts[user_id]
        self._check_entry(user_id, account.public_key, entry, "revoke")
        known = account.devices.get(entry.device_id)
        if known is None:
            raise refuse(404, "device_missing")
        require(known.public_key == entry.device_public_key)
        if known.revoked_at:
            return bodies.Empty()
        self._append(user_id, entry)
        known.revoked_at = self._now()
        self._close(entry.device_id)
        self._forget_requests(entry.device_id)
        self._ring_devices(user_id)
        return bodies.Empty()

    def device_log_get(self, device: str, body: bodies.DeviceLogGet) -> bodies.DeviceLogGetReply:
        account = self.accounts.get(body.user_id)
        own = body.user_id == self.devices[device]
        if account is None or not (own or self._meet(self.devices[device], body.user_id)):
            raise refuse(404, "account_unknown")
        return bodies.DeviceLogGetReply(
            account_public_key=account.public_key,
            entries=account.log[body.since : body.since + DEVICE_LOG_PAGE],
            head=len(account.log),
        )

    def _meet(self, *users: str) -> bool:
        """Whether they share a group."""
        return any(all(group.devices_of(user) for user in users) for group in self.groups.values())
