"""What is not as it should be with a group: one alert at a time, as a sentence that says what to do."""

from typing import Final, Literal

from mls_chat.people import People
from mls_chat.records import GroupRecord
from mls_chat.view import AlertView

Level = Literal["notice", "warning", "danger"]

ALERTS: Final[dict[str, tuple[Level, str, Literal["", "rejoin", "verify"]]]] = {
    "gap": ("notice", "Messages are missing here. They are being fetched.", ""),
    "behind": ("notice", "Catching up: {behind} messages to go.", ""),
    "withheld": (
        "warning",
        "The server leaves out messages of this group. What follows waits until they come.",
        "",
    ),
    "bad_commit": (
        "warning",
        "A change to the group by {user} can't be followed. It is being settled with the other members.",
        "",
    ),
    "entering": ("notice", "This device is entering the group.", ""),
    "rejoining": (
        "warning",
        "This device has lost its keys for this group and is coming back with new ones. Your history stays.",
        "",
    ),
    "rejoin_waits": (
        "warning",
        "This device has lost its keys for this group. It comes back as soon as another member is online.",
        "rejoin",
    ),
    "rejoin_failed": (
        "danger",
        "This device can't come back into the group by itself. Ask a member to remove you and to invite you again.",
        "rejoin",
    ),
    "replaced": (
        "danger",
        "Another copy of this device took its place. Close the other copy, then reconnect here.",
        "rejoin",
    ),
    "split": (
        "danger",
        "{user} and you were shown different histories of this group. "
        "Do not trust this server until this is explained.",
        "rejoin",
    ),
    "new_device": (
        "warning",
        "{user}, whom you have verified, uses a new device. {user}'s account has signed it. If in doubt, ask {user}.",
        "verify",
    ),
    "device_lists": (
        "danger",
        "The server shows different lists of {user}'s devices. Do not trust this server until this is explained.",
        "verify",
    ),
    "ghost_device": (
        "danger",
        "A device is in this group as {user}'s that is not in the list of {user}'s devices. "
        "Do not trust this server until this is explained.",
        "verify",
    ),
    "unreadable": (
        "warning",
        "This device can't read what {user} writes: its keys and the group's have gone apart. It is reconnecting.",
        "rejoin",
    ),
    "withdrawn_late": (
        "danger",
        "The server withdrew a change that others have already confirmed. Do not trust it until this is explained.",
        "rejoin",
    ),
}


def alert_view(group: GroupRecord, people: People, behind: int = 0) -> AlertView | None:
    """`behind`: how many entries of the log are still to be read, where that is to be told."""
    if group.state in ("removed", "failed"):
        return None
    told = "behind" if behind and group.alert in ("", "gap") else group.alert
    if told not in ALERTS:
        return None
    level, text, action = ALERTS[told]
    said = text.format(user=people.name_of(group.alert_user), behind=behind)
    return AlertView(level=level, text=said, action=action, user_id=group.alert_user if action == "verify" else "")


def raise_alert(group: GroupRecord, alert: str, user_id: str = "") -> bool:
    """Sets the alert unless a graver one stands; whether that changed anything. The caller stores `group`."""
    if group.alert in ALERTS and _rank(group.alert) > _rank(alert):
        return False
    changed = (group.alert, group.alert_user) != (alert, user_id)
    group.alert, group.alert_user = alert, user_id
    return changed


def clear_alert(group: GroupRecord, *alerts: str) -> bool:
    """Takes away the alert if it is one of these; whether that changed anything. The caller stores `group`."""
    if group.alert not in alerts:
        return False
    group.alert = group.alert_user = ""
    return True


def _rank(alert: str) -> int:
    return ("notice", "warning", "danger").index(ALERTS[alert][0])
