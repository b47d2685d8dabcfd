"""Accounts and devices: a challenge, a signature, a token."""

from typing import Literal

from mls_chat.wire.bodies.base import Body
from mls_chat.wire.records import Count, DeviceLogEntry


class AuthChallenge(Body):
    purpose: Literal["register", "login"]
    user_id: str
    device_id: str


class AuthChallengeReply(Body):
    challenge_id: str
    challenge: bytes
    expires_at: Count


class AuthRegister(Body):
    """Both signatures are over `auth_statement` (identity.py): label, origin, user_id, device_id, challenge.

    `entry` adds the device to the account's log; `sealed_name` is for the account's own devices.
    """

    challenge_id: str
    user_id: str
    device_id: str
    account_public_key: bytes
    device_public_key: bytes
    credential: bytes
    account_signature: bytes
    device_signature: bytes
    entry: DeviceLogEntry
    sealed_name: bytes


class AuthLogin(Body):
    challenge_id: str
    user_id: str
    device_id: str
    device_signature: bytes


class TokenReply(Body):
    token: str
    expires_at: Count
