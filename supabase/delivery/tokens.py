"""Who asks: the check of a token minted by auth_login."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt

from delivery.effects import Device
from delivery.errors import Code, RefusedError, SettingsError
from delivery.settings import AUDIENCE

LEEWAY_SECONDS: Final = 5
"""Between the clocks of the minting and the checking machine."""
_user_id: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_device_id: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Identity:
    device: Device
    expires_at: int
    """Unix seconds."""


class Tokens:
    """Checks tokens with the public keys of a JWKS; ES256 alone, whatever a header says."""

    def __init__(self, jwks: Mapping[str, Any], issuer: str) -> None:
        try:
            keys = jwt.PyJWKSet.from_dict(dict(jwks)).keys
        except jwt.PyJWTError as error:
            raise SettingsError("MLS_CHAT_JWKS", "holds no usable key") from error
        self._keys = [key for key in keys if key.algorithm_name == "ES256"]
        if not self._keys:
            raise SettingsError("MLS_CHAT_JWKS", "holds no ES256 key")
        self._issuer = issuer

    def check(self, token: str) -> Identity:
        """Raises RefusedError with token_expired or token_invalid."""
        try:
            claims = self._claims(token)
        except jwt.ExpiredSignatureError as error:
            raise RefusedError(Code.TOKEN_EXPIRED, "The token has expired: log in again.") from error
        except jwt.PyJWTError as error:
            raise RefusedError(Code.TOKEN_INVALID, "The token is not one of this service's.") from error
        user_id, device_id = claims["sub"], claims.get("device_id")
        if not (_user_id.fullmatch(user_id) and isinstance(device_id, str) and _device_id.fullmatch(device_id)):
            raise RefusedError(Code.TOKEN_INVALID, "The token names no device.")
        if claims.get("role") != "authenticated":
            raise RefusedError(Code.TOKEN_INVALID, "The token has another role.")
        return Identity(Device(user_id, device_id), int(claims["exp"]))

    def _claims(self, token: str) -> dict[str, Any]:
        kid = jwt.get_unverified_header(token).get("kid")
        keys = [key for key in self._keys if kid is None or key.key_id == kid]
        refusal: jwt.PyJWTError = jwt.InvalidKeyError("unknown key")
        for key in keys:
            try:
                return jwt.decode(
                    token,
                    key,
                    algorithms=["ES256"],
                    audience=AUDIENCE,
                    issuer=self._issuer,
                    leeway=LEEWAY_SECONDS,
                    options={"require": ["exp", "iat", "sub", "aud", "iss"]},
                )
            except jwt.InvalidSignatureError as error:
                refusal = error
        raise refusal
