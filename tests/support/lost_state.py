"""Devices that lose their keys for a group, or hear nothing for a while."""

from mls_chat import events, view
from mls_chat.records import MLS_TABLE, GroupRecord, RejoinRecord
from world import Device, World


def lose_state(device: Device, group_id: str) -> None:
    """The MLS rows of the group are gone when the device starts again."""
    mls_id = next(g.mls_group_id for g in device.records(GroupRecord) if g.group_id == group_id).hex()
    for place in [place for place in device.rows if place[0] == MLS_TABLE and mls_id in place[1]]:
        del device.rows[place]
    device.start()


def group_of(device: Device, group_id: str) -> GroupRecord:
    return next(group for group in device.records(GroupRecord) if group.group_id == group_id)


def alert(device: Device, group_id: str) -> view.AlertView | None:
    return next(chat.alert for chat in device.last(view.ChatsView).chats if chat.group_id == group_id)


def is_well(device: Device, group_id: str) -> None:
    group = group_of(device, group_id)
    assert (group.lost, group.alert, group.stuck_at, device.records(RejoinRecord)) == (False, "", 0, [])


def silence(*devices: Device) -> None:
    """They hear nothing more, and tell nobody how far they are."""
    for device in devices:
        device.online = False
        device.drop()


def speak(world: World, *devices: Device) -> None:
    for device in devices:
        device.online = True
        device.do(events.NetworkChanged(online=True))
    world.advance(60_000)
