"""Why the backend can't hand out a group. None is an MlsError: those are about one message or one call."""


class GroupTaken(Exception):
    """The group is already in use; taking it twice would fork its state."""


class GroupDamaged(Exception):
    """What is stored of the group cannot be read; it comes back by `replace_group` or `adopt`."""

    def __init__(self, group_id: bytes) -> None:
        super().__init__(group_id.hex())
        self.group_id = group_id


class GroupNotSaved(Exception):
    """What the group had processed could not be saved and is gone from memory: begin again from what is stored."""

    def __init__(self, group_id: bytes) -> None:
        super().__init__(group_id.hex())
        self.group_id = group_id
