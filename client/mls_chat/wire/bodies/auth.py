"""Accounts and devices: a challenge, a signature, a token."""

from typing import Literal

from mls_chat.wire.bodies.base import Body
from mls_chat.wire.records import Count


class AuthChallenge(Body):
    purpose: Literal["register", "login"]
    user_id: str
    device_id: str


class AuthChallengeReply(Body):
    challenge_id: str
    challenge: bytes
    expires_at: Count


class AuthRegister(Body):
    """Both signatures are over `auth_statement` (identity.py): label, origin, user_id, device_id, challenge."""

    challenge_id: str
    user_id: str
    device_id: str
    account_public_key: bytes
    device_public_key: bytes
    credential: bytes
    account_signature: bytes
    device_signature: bytes


class AuthLogin(Body):
    challenge_id: str
    user_id: str
    device_id: str
    device_signature: bytes


class TokenReply(Body):
    token: str
    expires_at: Count
