"""How far the server says each group's log goes, and whether this device has read that far since its start."""

from mls_chat.records import GroupRecord


class Heads:
    """Nothing is encrypted in a group before its log was read to where it stood at the start: a device that was set
    back to an older state learns there what it has sent since, and uses no key twice."""

    def __init__(self) -> None:
        self._newest: dict[str, int] = {}
        self._first: dict[str, int] = {}

    def tell(self, group_id: str, head_seq: int) -> None:
        self._first.setdefault(group_id, head_seq)
        self._newest[group_id] = max(self._newest.get(group_id, 0), head_seq)

    def newest(self, group: GroupRecord) -> int:
        return max(group.cursor, self._newest.get(group.group_id, 0))

    def caught_up(self, group: GroupRecord) -> bool:
        first = self._first.get(group.group_id)
        return first is not None and group.cursor >= first
