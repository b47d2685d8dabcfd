"""The parts of the engine, and who of them hears of what happens in another."""

from mls_chat.account_panel import AccountPanel
from mls_chat.account_secrets import AccountSecrets
from mls_chat.admissions import Admissions
from mls_chat.backups import Backups
from mls_chat.calls import Calls
from mls_chat.changes import Changes
from mls_chat.chats import Chats
from mls_chat.commits import Commits
from mls_chat.connection import Connection
from mls_chat.content import Contents
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.devices import Devices
from mls_chat.group_infos import GroupInfos
from mls_chat.groups import Groups
from mls_chat.heads import Heads
from mls_chat.health import Health
from mls_chat.inbox import Inbox
from mls_chat.invites import Invites
from mls_chat.joins import Joins
from mls_chat.linking import Linking
from mls_chat.locking import Locking
from mls_chat.log import Log
from mls_chat.members import Members
from mls_chat.outbox import Outbox
from mls_chat.own_commits import OwnCommits
from mls_chat.own_entries import OwnEntries
from mls_chat.passkeys import Passkeys
from mls_chat.people import People
from mls_chat.received_commits import ReceivedCommits
from mls_chat.received_messages import ReceivedMessages
from mls_chat.records import DeviceLogRecord, GroupRecord, SettingRecord
from mls_chat.rejoins import Rejoins
from mls_chat.restores import Restores
from mls_chat.rosters import Rosters
from mls_chat.safety import Safety
from mls_chat.self_group import SelfGroup
from mls_chat.session import Session
from mls_chat.settings import Settings
from mls_chat.sign_ins import SignIns
from mls_chat.sign_outs import SignOuts
from mls_chat.tabs import Tabs
from mls_chat.unlocks import Unlocks
from mls_chat.vaults import Vaults
from mls_chat.verdicts import Verdicts
from mls_chat.withdrawals import Withdrawals


class Parts:
    def __init__(self, context: Context, active_at: int = 0) -> None:
        """`active_at`: as in Engine."""
        self.context = context
        self.calls = calls = Calls(context)
        self.people = People(context)
        self.heads = heads = Heads()
        self.chats = Chats(context, self.people, heads)
        self.secrets = secrets = AccountSecrets(context)
        self.device_logs = logs = DeviceLogs(context, calls, secrets)
        self.vaults = Vaults(context, calls, secrets, logs)
        self.session = Session(context, calls, secrets, self.vaults, logs)
        self.connection = Connection(context, calls)
        self.outbox = Outbox(context, self.chats, heads, logs)
        commits, own_commits = Commits(context), OwnCommits(context)
        self.group_infos = GroupInfos(context, calls, secrets)
        self.rejoins = Rejoins(context, calls, self.chats, heads, commits, self.group_infos)
        self.changes = Changes(context, calls, heads, own_commits)
        self.withdrawals = Withdrawals(
            context,
            calls,
            self.chats,
            self.outbox,
            commits,
            self.changes,
            self.rejoins,
            self.group_infos,
            own_commits,
        )
        self.groups = Groups(
            context,
            calls,
            self.chats,
            self.connection,
            self.outbox,
            heads,
            self.rejoins,
            self.group_infos,
            logs,
        )
        self.invites = Invites(context, calls, self.outbox)
        self.safety = Safety(context, logs, self.people, self.chats)
        self.members = Members(context, calls, self.people, self.safety)
        self.rosters = Rosters(context, self.invites, self.outbox, self.people)
        self.admissions = Admissions(context, calls, self.rosters, self.people, heads, own_commits)
        self.self_group = SelfGroup(context, self.outbox, self.people, logs)
        self.settings = Settings(context, self.outbox, self.chats, self.people, self.self_group)
        contents = Contents(context, self.chats, self.people, self.rosters, self.self_group)
        verdicts = Verdicts(context, self.chats, self.rejoins)
        self.received_commits = ReceivedCommits(context, self.chats, commits, self.rejoins, self.withdrawals, verdicts)
        messages = ReceivedMessages(context, self.chats, commits, contents, self.withdrawals, verdicts, logs)
        self.own_entries = OwnEntries(
            context, self.chats, self.outbox, self.rejoins, self.withdrawals, messages, verdicts
        )
        self.inbox = Inbox(
            context,
            self.chats,
            self.outbox,
            self.withdrawals,
            self.own_entries,
            messages,
            self.received_commits,
            verdicts,
        )
        self.log = Log(context, calls, self.connection, self.inbox, self.outbox, heads)
        self.joins = Joins(context, calls, self.chats, self.groups, self.outbox)
        self.health = Health(context, self.connection, heads, self.people)
        self.backups = Backups(context, calls, self.people)
        self.restores = Restores(context, calls, secrets, self.chats, self.people)
        self.unlocks = Unlocks(context, calls)
        self.linking = Linking(context, calls, secrets, logs)
        self.sign_ins = SignIns(context, self.unlocks, secrets, logs)
        self.passkeys = Passkeys(context, calls, secrets)
        self.devices = Devices(context, calls, self.chats, logs, self.changes)
        self.account_panel = AccountPanel(
            context,
            calls,
            secrets,
            self.unlocks,
            logs,
            self.vaults,
            self.passkeys,
            self.devices,
            self.restores,
            self.linking,
        )
        self.locking = Locking(context, secrets, self.settings, active_at)
        self.sign_outs = SignOuts(context, secrets, logs, self.session, self.devices, self.locking)
        self._connect_parts()
        self._connect_account()
        shown = (self.chats, self.joins, self.invites, self.members, self.health, self.account_panel, self.safety)
        self.tabs = Tabs(context, self.session, self.connection, *shown, self.restores, self.settings)
        self.session.on_token = self.connection.token_changed

    def _connect_parts(self) -> None:
        """Who hears of what happens elsewhere, in order."""
        self.received_commits.applied = [
            self.group_infos.commit_applied,
            self.changes.commit_applied,
            self.admissions.commit_applied,
            self.rosters.commit_applied,
            self.self_group.commit_applied,
            self.devices.commit_applied,
            lambda group, _: self.members.commit_applied(group),
        ]
        parts = (self.rejoins, self.withdrawals, self.changes, self.admissions)
        self.inbox.passed_by = [self.changes.passed_by, self.admissions.passed_by]
        self.own_entries.rejoined = [
            self.changes.begin_again,
            self.admissions.begin_again,
            self.self_group.arrived,
        ]
        self.withdrawals.voided = [self.rejoins.voided, self.changes.voided, self.admissions.voided]
        self.withdrawals.reopened = [self.changes.begin_again, self.admissions.begin_again]
        self.inbox.stopped = [part.stopped for part in parts]
        self.groups.created = self.invites.group_created
        self.log.caught_up = self._caught_up
        self.withdrawals.pull = self.log.pull
        self.log.read_to_the_end = [
            self.rejoins.compare_epoch,
            self.changes.log_read,
            self.admissions.log_read,
            self.outbox.log_read,
        ]
        self.outbox.cloned = lambda group: self.rejoins.begin(group, "cloned")
        self.rejoins.entered = self._entered
        self.rejoins.left = self.inbox.leave
        self.rejoins.arrived_anew = self._arrived_anew

    def _connect_account(self) -> None:
        """Who hears of what happens to the account and its devices."""
        self.sign_ins.begun = self._signing_in
        self.sign_ins.begun_again = self.session.sign_in
        self.session.log_conflict = self.sign_ins.read_log_again
        self.linking.begun = self._linked
        self.vaults.changed = self._account_changed
        self.vaults.saved = self.settings.code_saved
        self.secrets.busy = self._secrets_needed
        self.session.put_out = self._put_out
        self.device_logs.changed = self._devices_changed
        self.device_logs.broken = self._log_broken
        self.safety.verified = self._verified
        self._connect_self_group()
        self.backups.restoring = lambda: self.restores.running is not None
        self.backups.state_told = self.restores.told
        self.chats.line_added = self.backups.lines_added
        self._connect_leaving()

    def _connect_leaving(self) -> None:
        """What locking and signing out have to know of the rest, and tell it."""
        panel, locking = self.account_panel, self.locking
        panel.leaving, panel.counted = lambda: self.sign_outs.leaving, locking.counted
        locking.passkeys, locking.count_passkeys = lambda: panel.passkey_count, panel.count_passkeys
        locking.failed = panel.fail

    def _connect_self_group(self) -> None:
        """Who hears of what another device of the account tells, and what is told to those."""
        own = self.self_group
        own.create, self.groups.compared = self.groups.create_self, self._compared
        own.names_changed, own.was_read = self.chats.reshow, self.chats.read_up_to
        own.setting_changed, own.draft_changed = self._setting_changed, self.settings.show_draft
        own.contacts_changed = self._contacts_changed
        self.people.learned, self.chats.read = own.name_learned, own.read

    def _setting_changed(self, setting: SettingRecord) -> None:
        self.settings.changed(setting)
        self.locking.arm()
        self._account_changed()

    def _compared(self) -> None:
        """With the groups of which the server has told now."""
        self.restores.compared = True
        self.self_group.ensure()

    def _contacts_changed(self) -> None:
        self.safety.told()
        self.members.refresh()

    def _verified(self, user_id: str) -> None:
        self.self_group.contact_changed(user_id)
        self.members.refresh()

    def _linked(self, history_since: int | None) -> None:
        if history_since is not None:
            self.restores.begin(history_since)
        self.session.show()
        self.chats.list_changed()
        self.session.sign_in()

    def _arrived_anew(self, group: GroupRecord) -> None:
        self.restores.arrived(group)
        self.self_group.entered_chat(group)

    def _entered(self, group: GroupRecord) -> None:
        self.connection.follow(group)
        self.secrets.put_away()
        self.groups.compare()

    def _signing_in(self) -> None:
        self.restores.begin()
        self.session.show()
        self.chats.list_changed()
        self.session.sign_in()

    def _account_changed(self) -> None:
        self.passkeys.vault_stored()
        self.session.show()
        self.account_panel.show()

    def _secrets_needed(self) -> bool:
        """Until this device is registered and in all groups: they may open keys that are sealed to the account."""
        entering = any(group.state == "entering" for group in self.context.journal.all(GroupRecord))
        wanted = self.account_panel.has_wishes or self.restores.running is not None
        return entering or wanted or not self.context.account.registered

    def _put_out(self) -> None:
        self.connection.end()
        self.calls.end()
        self.outbox.channel_closed()

    def _devices_changed(self, log: DeviceLogRecord) -> None:
        if log.user_id == self.context.account.user_id:
            if self.context.account.device_id in log.revoked:
                self.session.revoked()
                return
            self.groups.compare()
            self.backups.save_now()
            self.vaults.go_on()
            self.vaults.keep_up()
            self.restores.go_on()
            self.account_panel.show()
        self.devices.log_changed(log)
        self.safety.log_changed(log, groups=self.devices.groups_of(log.user_id))

    def _log_broken(self, user_id: str, why: str) -> None:
        self.safety.log_broken(user_id, self.devices.groups_of(user_id))
        name = self.people.name_of(user_id)
        self.context.notice(f"The server shows a wrong list of {name}'s devices ({why}). Do not trust this server.")

    def _caught_up(self, group: GroupRecord) -> None:
        """The log is read to where it stood at the start."""
        self.rejoins.go_on(group.group_id)
        self.changes.go_on(group)
        self.admissions.go_on(group)
        self.outbox.flush(group)
