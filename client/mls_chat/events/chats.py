"""What a person does in chats and their panels."""

from mls_chat.events.base import PageEventBase


class GroupRequested(PageEventBase, tag="group_requested"):
    name: str


class ChatOpened(PageEventBase, tag="chat_opened"):
    """`group_id` None closes the chat."""

    group_id: str | None


class EarlierRequested(PageEventBase, tag="earlier_requested"):
    group_id: str


class TextEntered(PageEventBase, tag="text_entered"):
    group_id: str
    text: str


class DraftChanged(PageEventBase, tag="draft_changed"):
    """What stands in a chat's composer, a moment after the person stopped typing; empty for nothing."""

    group_id: str
    text: str


class RetryRequested(PageEventBase, tag="retry_requested"):
    group_id: str
    id: str


class InviteRequested(PageEventBase, tag="invite_requested"):
    group_id: str


class LinkOpened(PageEventBase, tag="link_opened"):
    """The page's fragment without `#`, e.g. `join=<invite_id>.<secret>`."""

    fragment: str


class JoinRequested(PageEventBase, tag="join_requested"):
    pass


class LinkClosed(PageEventBase, tag="link_closed"):
    pass


class MembersOpened(PageEventBase, tag="members_opened"):
    group_id: str


class MembersClosed(PageEventBase, tag="members_closed"):
    pass


class RenameRequested(PageEventBase, tag="rename_requested"):
    group_id: str
    name: str


class RemovalRequested(PageEventBase, tag="removal_requested"):
    """Removes all devices of a person from a group."""

    group_id: str
    user_id: str


class RenewalRequested(PageEventBase, tag="renewal_requested"):
    """New keys for this device's leaf, so that a stolen copy of its state opens nothing new."""

    group_id: str


class RejoinRequested(PageEventBase, tag="rejoin_requested"):
    """Comes back into a group with new keys, in place of this device's leaf."""

    group_id: str


class HealthOpened(PageEventBase, tag="health_opened"):
    """The panel "Connection & health": HealthView now and whenever it changes, until it is closed."""


class HealthClosed(PageEventBase, tag="health_closed"):
    pass


class DamageRemovalRequested(PageEventBase, tag="damage_removal_requested"):
    """The person lets go of stored rows that can't be read."""


class NetworkChanged(PageEventBase, tag="network_changed"):
    online: bool


class Woken(PageEventBase, tag="woken"):
    """The page became visible, or the machine woke: connect and catch up now."""


class VisibilityChanged(PageEventBase, tag="visibility_changed"):
    """Whether somebody can see this tab: what it shows counts as read only then."""

    visible: bool
