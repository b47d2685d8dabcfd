"""The segments of an account's backup in memory (see tests/contract)."""

import re
from typing import Final

from fake_account import Backup
from fake_ledger import Ledger, refuse, require
from mls_chat.wire import bodies
from mls_chat.wire.limits import MAX_BACKUP_SEGMENTS, MAX_SEGMENT_BYTES

GROUP: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_GROUPS: Final = 2000
"""Named in one segment."""


class Backups(Ledger):
    def backup_state(self, device: str, _body: bodies.Empty) -> bodies.BackupStateReply:
        account = self._account(device)
        return bodies.BackupStateReply(
            generation=account.backup.generation,
            count=len(account.backup.segments),
            bytes=sum(map(len, account.backup.segments)),
            upto=dict(account.backup.upto),
            staged=len(account.staged_backup.segments),
        )

    def backup_put(self, device: str, body: bodies.BackupPut) -> bodies.Empty:
        require(0 < len(body.segment) <= MAX_SEGMENT_BYTES)
        require(len(body.upto) <= MOST_GROUPS and all(map(GROUP.fullmatch, body.upto)))
        account = self._account(device)
        running, staged = account.backup, account.staged_backup
        if running.segment(body.generation, body.number) == body.segment:
            return bodies.Empty()
        if body.generation == running.generation + 1:
            if staged.segment(body.generation, body.number) == body.segment and not body.last:
                return bodies.Empty()
            if body.number == 0:
                staged = account.staged_backup = Backup(body.generation)
            chosen = staged
        else:
            chosen = running
        if (body.generation, body.number) != (chosen.generation, len(chosen.segments)):
            raise refuse(409, "backup_stale", generation=running.generation, count=len(running.segments))
        if body.number >= MAX_BACKUP_SEGMENTS:
            raise refuse(409, "backup_full")
        chosen.segments.append(body.segment)
        for group_id, seq in body.upto.items():
            chosen.upto[group_id] = max(seq, chosen.upto.get(group_id, 0))
        if chosen is staged and body.last:
            account.backup, account.staged_backup = staged, Backup()
        return bodies.Empty()

    def backup_get(self, device: str, body: bodies.BackupGet) -> bodies.BackupGetReply:
        segment = self._account(device).backup.segment(body.generation, body.number)
        if segment is None:
            raise refuse(404, "backup_unknown")
        return bodies.BackupGetReply(segment=segment)
