"""Port `Functions` over the `supabase` client."""

from typing import Final

import httpx
import msgspec
from supabase import AsyncClient, FunctionsError, acreate_client
from supabase.lib.client_options import AsyncClientOptions

from mls_chat.ports import FunctionRefused, FunctionUnreachable
from mls_chat.wire import decode_error

TIMEOUT_S: Final = 20.0
GATEWAY_TROUBLE: Final = frozenset({502, 503, 504})


class SupabaseFunctions:
    """Edge functions of the project at the client's URL."""

    def __init__(self, client: AsyncClient, http: httpx.AsyncClient) -> None:
        self._client, self._http = client, http

    async def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            reply = await self._client.functions.invoke(name, {"body": body, "headers": headers})
        except httpx.HTTPError as error:
            raise FunctionUnreachable(f"{name}: {type(error).__name__}") from error
        except FunctionsError as error:
            raise _refusal(name, error) from error
        if not isinstance(reply, bytes):
            raise FunctionUnreachable(f"{name}: the reply is not bytes")
        return reply

    async def close(self) -> None:
        await self._http.aclose()


async def open_functions(url: str, api_key: str) -> SupabaseFunctions:
    """`url` is the project's, `api_key` its public key."""
    http = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)
    client = await acreate_client(
        url, api_key, AsyncClientOptions(httpx_client=http, auto_refresh_token=False, persist_session=False)
    )
    return SupabaseFunctions(client, http)


def _refusal(name: str, error: FunctionsError) -> Exception:
    """The client shows the sentence alone; the answer with our code is in its cause."""
    response = error.__cause__.response if isinstance(error.__cause__, httpx.HTTPStatusError) else None
    if response is None:
        return FunctionUnreachable(f"{name}: {error.message}")
    try:
        body = decode_error(response.content)
    except msgspec.DecodeError:
        return FunctionUnreachable(f"{name}: HTTP {response.status_code} without an error code")
    if response.status_code in GATEWAY_TROUBLE:
        return FunctionUnreachable(f"{name}: {body.code} ({response.status_code})")
    return FunctionRefused(response.status_code, body.code, body.error, body.details)
