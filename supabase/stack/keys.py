"""The key that signs access tokens: one ES256 JWK in the data folder, in the format of `supabase gen signing-key`."""

import base64
import json
import uuid
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from stack.errors import BrokenDataError
from stack.owner import write_private

FILE: Final = "signing_keys.json"
PRIVATE: Final = "d"


def signing_key(data: Path) -> str:
    """The private key as JSON; made at the first call. Raises BrokenDataError when its file cannot be used."""
    path = data / FILE
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        write_private(fresh, json.dumps([_generate()], indent=2))
        fresh.rename(path)
    try:
        key = json.loads(path.read_text())[0]
        if key["alg"] == "ES256" and key["kid"] and key[PRIVATE]:
            return json.dumps(key)
    except (ValueError, LookupError, TypeError) as cause:
        raise BrokenDataError(path, "it is no list of signing keys") from cause
    raise BrokenDataError(path, "its first key is not for ES256")


def public_jwks(data: Path) -> str:
    """The public half as a JWKS in JSON, for whoever verifies tokens."""
    key = json.loads(signing_key(data))
    public = {name: value for name, value in key.items() if name != PRIVATE} | {"key_ops": ["verify"]}
    return json.dumps({"keys": [public]})


def _generate() -> dict[str, object]:
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    point = numbers.public_numbers
    return {
        "kty": "EC",
        "kid": str(uuid.uuid4()),
        "use": "sig",
        "key_ops": ["sign", "verify"],
        "alg": "ES256",
        "ext": True,
        "crv": "P-256",
        PRIVATE: _base64url(numbers.private_value),
        "x": _base64url(point.x),
        "y": _base64url(point.y),
    }


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
