"""Timers that have fired, by their names, and what is asked now and then whatever happens."""

from typing import Final

from mls_chat.parts import Parts
from mls_chat.records import GroupRecord

POLL_CONNECTED_MS: Final = 60_000
POLL_ALONE_MS: Final = 10_000
"""How often to ask over HTTP what the channel's bells may have missed, and while there is no channel."""


class Timers:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def fired(self, name: str) -> None:
        kind, _, subject = name.partition(":")
        match kind:
            case "call":
                self._parts.calls.retry_now(subject)
            case "token":
                self._parts.session.sign_in()
            case "reconnect":
                self._parts.connection.connect()
            case "ping":
                if not self._parts.connection.ping():
                    self._parts.outbox.channel_closed()
            case "members":
                self._parts.members.refresh()
            case "ask":
                self._parts.admissions.ask()
            case "rejoin":
                self._parts.rejoins.go_on(subject)
            case "info":
                self._parts.group_infos.publish(subject)
            case "pull":
                self._parts.log.pull_again(subject)
            case "roster":
                self._parts.rosters.send_due(subject)
            case "vault":
                self._parts.vaults.go_on()
            case "sync":
                self._parts.self_group.send()
            case "link":
                self._parts.linking.poll()
            case "restore":
                self._parts.restores.look_again()
            case "backup":
                self._parts.backups.save()
            case "lock":
                self._parts.locking.fired()
            case "erase":
                self._parts.sign_outs.finish()
            case "secrets":
                self._parts.secrets.put_away()
            case "device_log":
                self._parts.device_logs.refresh(subject)
            case "put_out":
                self._parts.devices.put_out(subject)
            case "outbox":
                group = self._parts.context.journal.find(GroupRecord, subject)
                if group is not None:
                    self._parts.outbox.flush(group)
            case "poll":
                self._poll()

    def _poll(self) -> None:
        connected = self._parts.connection.is_subscribed
        self._parts.context.later("poll", POLL_CONNECTED_MS if connected else POLL_ALONE_MS)
        if not self._parts.context.has_account or self._parts.context.account.revoked:
            return
        self._parts.joins.poll()
        self._parts.admissions.ask()
        self._parts.changes.rotate_old()
        self._parts.groups.compare_now_and_then()
        self._parts.rejoins.try_again()
        self._parts.devices.compare_all()
        for group in self._parts.context.journal.all(GroupRecord):
            self._parts.changes.go_on(group)
            self._parts.admissions.go_on(group)
        if not connected:
            self._parts.log.fall_back()
