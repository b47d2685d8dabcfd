"""Port `Functions` over fetch."""

from typing import Any, Final

import js
import msgspec
from pyodide.ffi import JsException, to_js

from mls_chat.browser.interop import js_object
from mls_chat.ports import FunctionRefused, FunctionUnreachable
from mls_chat.wire import decode_error

TIMEOUT_MS: Final = 20_000


class FetchFunctions:
    """Edge functions below `base_url`. `api_key` is the project's public key, as Supabase's gateway expects it."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key

    async def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        headers = {"content-type": "application/json", "apikey": self._api_key}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        try:
            response = await js.fetch(f"{self._base_url}/{name}", self._options(headers, body))
            reply = bytes((await response.arrayBuffer()).to_bytes())
        except JsException as error:
            raise FunctionUnreachable(f"{name}: {error.name}") from error
        if response.ok:
            return reply
        raise _refusal(name, int(response.status), reply)

    @staticmethod
    def _options(headers: dict[str, str], body: bytes) -> Any:
        return js_object(
            method="POST",
            headers=headers,
            body=to_js(body),
            cache="no-store",
            credentials="omit",
            redirect="error",
            signal=js.AbortSignal.timeout(TIMEOUT_MS),
        )


def _refusal(name: str, status: int, reply: bytes) -> Exception:
    """A refusal in our server's words; anything else (a gateway's page, say) means that it was not reached."""
    try:
        error = decode_error(reply)
    except msgspec.DecodeError:
        return FunctionUnreachable(f"{name}: HTTP {status} without an error code")
    if status in (502, 503, 504):
        return FunctionUnreachable(f"{name}: {error.code} ({status})")
    return FunctionRefused(status, error.code, error.error, error.details)
