"""The devices of an account: their log, which the account signs, and what becomes of each."""

import msgspec

from mls_chat.wire.bodies.base import Body
from mls_chat.wire.records import Count, DeviceLogEntry


class DeviceAdd(Body):
    """A device of this account registers another one, whose keys it was shown (linking). `sealed_name`: for the
    account's own devices."""

    entry: DeviceLogEntry
    credential: bytes
    sealed_name: bytes


class OwnDevice(Body):
    """`sealed_name` is sealed under the account's storage key. Times are Unix milliseconds; `revoked_at` 0: live."""

    device_id: str
    created_at: Count
    last_seen: Count
    revoked_at: Count
    sealed_name: bytes


class OwnPasskey(Body):
    """`passkey_id`: the WebAuthn credential id, base64url."""

    passkey_id: str
    created_at: Count
    last_used: Count
    sealed_name: bytes


class DeviceListReply(Body):
    """`code_made_at`: when the recovery code was made, 0: there is none."""

    devices: list[OwnDevice]
    passkeys: list[OwnPasskey]
    vault_generation: Count
    code_made_at: Count


class DeviceRename(Body):
    device_id: str
    sealed_name: bytes


class DeviceRevoke(Body):
    """The entry's signature is the account's own: a device alone can revoke nobody."""

    entry: DeviceLogEntry


class DeviceLogGet(Body):
    """Entries above `since`, of one's own account or of one that shares a group with it."""

    user_id: str
    since: Count = 0


class DeviceLogGetReply(Body):
    """At most 1000 entries from `since` on; `head`: the number of the newest."""

    account_public_key: bytes
    entries: list[DeviceLogEntry]
    head: Count


class LinkOffer(Body):
    """A new device waits to be linked. `code`: what it shows, made from the offer itself; it is no secret."""

    code: str
    offer: bytes


class LinkLook(Body):
    code: str


class LinkLookReply(Body):
    offer: bytes


class LinkAnswer(Body):
    """What the linking device gives the new one, sealed to the key in the offer."""

    code: str
    sealed: bytes


class LinkPoll(Body):
    code: str


class LinkPollReply(Body):
    """`sealed` None: nobody has answered yet."""

    sealed: bytes | None = None


class BackupStateReply(Body):
    """`upto`: for each group the newest number that the segments of this generation hold, by their writers' word.

    `staged`: how many segments of the next generation there are.
    """

    generation: Count
    count: Count
    bytes: Count
    upto: dict[str, Count] = msgspec.field(default_factory=dict)
    staged: Count = 0


class BackupPut(Body):
    """Segment `number` of `generation`: the next of the running one, or one of the generation after it, whose number 0
    begins it anew. With `last` that generation is whole and takes the place of the running one.

    `upto` as in BackupStateReply, for the groups in this segment.
    """

    generation: Count
    number: Count
    segment: bytes
    upto: dict[str, Count] = msgspec.field(default_factory=dict)
    last: bool = True


class BackupGet(Body):
    """`generation` must be the running one: another has taken its place otherwise."""

    generation: Count
    number: Count


class BackupGetReply(Body):
    segment: bytes
