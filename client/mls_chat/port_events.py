"""What comes by the ports: the start, answers to calls, the channel, timers, rows read, and tabs that come and go."""

from mls_chat import events
from mls_chat.damage import damage_told, lost_mls_groups
from mls_chat.parts import Parts
from mls_chat.records import GroupRecord
from mls_chat.server_frames import ServerFrames
from mls_chat.timers import POLL_ALONE_MS, Timers


class PortEvents:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._frames, self._timers = ServerFrames(parts), Timers(parts)

    def handle(self, event: events.PortEvent) -> None:
        match event:
            case events.Started():
                self._start()
            case events.FunctionReturned():
                self._parts.calls.returned(event)
            case events.FunctionRefused():
                self._parts.calls.refused(event)
            case events.FunctionUnreachable():
                self._parts.calls.unreachable(event)
            case events.ChannelOpened():
                self._parts.connection.opened()
            case events.ChannelClosed():
                self._parts.outbox.channel_closed()
                if self._parts.connection.closed():
                    self._parts.context.later("poll", POLL_ALONE_MS)
            case events.FrameReceived(data=data):
                self._frames.received(data)
            case events.TimerFired(name=name):
                self._timers.fired(name)
            case events.RowsRead(read_id=read_id) if read_id.startswith("backup:"):
                self._parts.backups.rows_read(event)
            case events.RowsRead():
                self._parts.chats.rows_read(event)
            case events.TabOpened(tab=tab):
                self._parts.tabs.opened(tab)
            case events.TabGone(tab=tab):
                self._parts.tabs.gone(tab)
            case events.TabsPresent(tabs=tabs):
                self._parts.tabs.present(tabs)

    def _start(self) -> None:
        if self._parts.locking.is_due():
            self._parts.locking.lock_by_itself()
        self._parts.session.show()
        if self._parts.context.has_account and self._parts.context.account.revoked:
            self._parts.chats.list_changed()
        elif self._parts.context.has_account:
            self._parts.chats.list_changed()
            self._parts.vaults.resume()
            self._parts.session.sign_in()
            self._parts.groups.resume()
            self._parts.invites.resume()
            self._parts.admissions.resume()
            self._parts.joins.resume()
            self._parts.group_infos.resume()
            self._parts.rejoins.resume()
            self._parts.withdrawals.resume()
            self._parts.changes.resume()
            self._parts.restores.go_on()
            self._parts.self_group.resume()
            self._parts.backups.lines_added()
            self._parts.locking.arm()
            self._mend_lost_groups()
        if told := damage_told(self._parts.context.damaged):
            self._parts.context.notice(told)
        self._parts.context.later("poll", POLL_ALONE_MS)

    def _mend_lost_groups(self) -> None:
        """Groups whose MLS state is not in the storage any more, or damaged."""
        backend = self._parts.context.backend
        lost = lost_mls_groups(self._parts.context.damaged) | set(backend.damaged_groups)
        for group in self._parts.context.journal.all(GroupRecord):
            if group.state != "active" or group.lost:
                continue
            missing = group.mls_group_id in lost or not backend.has_group(group.mls_group_id)
            if missing or group.state_check not in (b"", backend.checksum_of(group.mls_group_id)):
                self._parts.rejoins.begin(group, "state_lost")
