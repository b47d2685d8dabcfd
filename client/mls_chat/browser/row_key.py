"""The key that rows are sealed under, as WebCrypto has it: stored wrapped under the device key, used without its bytes.

Only to lock the account are its bytes taken out, for the moment in which they are sealed to the account.
"""

import os
from typing import Any, Final

import js
from pyodide.ffi import JsException, to_js

from mls_chat.browser.interop import js_object
from mls_chat.ports import AccountGone

_NONCE_BYTES: Final = 12
_LABEL: Final = b"mls-chat row key v1"
_USES: Final = ("encrypt", "decrypt")
OTHER_KEY: Final = "nothing of what is stored here can be opened: its key is another one than it was sealed with"


async def make_row_key(device_key: Any) -> tuple[Any, bytes]:
    """A new one, and the same wrapped."""
    key = await js.crypto.subtle.generateKey(js_object(name="AES-GCM", length=256), True, to_js(list(_USES)))
    wrapped = await _wrap(device_key, key)
    return await unwrap(device_key, wrapped), wrapped


async def wrap_bytes(device_key: Any, row_key: bytes) -> bytes:
    """Of an account that is unlocked."""
    return await _wrap(
        device_key, await js.crypto.subtle.importKey("raw", to_js(row_key), "AES-GCM", True, to_js(list(_USES)))
    )


async def unwrap(device_key: Any, wrapped: bytes) -> Any:
    """To be used, not to be exported. Raises AccountGone."""
    return await _unwrap(device_key, wrapped, extractable=False)


async def bytes_of(device_key: Any, wrapped: bytes) -> bytes:
    """Raises AccountGone."""
    key = await _unwrap(device_key, wrapped, extractable=True)
    return bytes((await js.crypto.subtle.exportKey("raw", key)).to_bytes())


async def _wrap(device_key: Any, key: Any) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    box = await js.crypto.subtle.wrapKey("raw", key, device_key, _algorithm(nonce))
    return nonce + bytes(box.to_bytes())


async def _unwrap(device_key: Any, wrapped: bytes, *, extractable: bool) -> Any:
    nonce, box = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    how, kind, uses = _algorithm(nonce), js_object(name="AES-GCM"), to_js(list(_USES))
    try:
        return await js.crypto.subtle.unwrapKey("raw", to_js(box), device_key, how, kind, extractable, uses)
    except JsException as error:
        raise AccountGone(OTHER_KEY) from error


def _algorithm(nonce: bytes) -> Any:
    return js_object(name="AES-GCM", iv=to_js(nonce), additionalData=to_js(_LABEL))
