"""Where the server is, as the page's origin says in `/settings.json`."""

from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec

MAX_URL_CHARS: Final = 2048


class Settings(msgspec.Struct, frozen=True):
    """URLs may be relative to the page's origin. `api_key` is the project's public key."""

    functions_url: str
    delivery_url: str
    api_key: str

    def functions_base(self, origin: str) -> str:
        return _absolute(origin, self.functions_url, {"http": "http", "https": "https"})

    def delivery_address(self, origin: str) -> str:
        return _absolute(origin, self.delivery_url, {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"})


def decode_settings(text: str) -> Settings:
    """Raises msgspec.DecodeError (ValidationError for a wrong shape)."""
    return msgspec.json.decode(text, type=Settings)


def _absolute(origin: str, url: str, schemes: dict[str, str]) -> str:
    """Raises ValueError for a scheme that is not one of ours."""
    parts = urlsplit(urljoin(origin, url))
    if len(url) > MAX_URL_CHARS or parts.scheme not in schemes:
        raise ValueError("settings.json names an address that is neither http(s) nor ws(s)")
    return parts._replace(scheme=schemes[parts.scheme]).geturl()
