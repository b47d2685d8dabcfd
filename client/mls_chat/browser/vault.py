"""Rows sealed with AES-GCM under the row key, which no script can read out of WebCrypto."""

import os
from typing import Any, Final

import js
from pyodide.ffi import JsException, to_js

from mls_chat.browser.interop import js_object
from mls_chat.ports import RowDamaged, StorageTooNew

FORMAT: Final = 1
_NONCE_BYTES: Final = 12
_LABEL: Final = b"mls-chat row v1"


def _place(table: str, key: str) -> bytes:
    """What binds a sealed row to its place."""
    fields = (_LABEL, table.encode(), key.encode())
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


class WebCryptoVault:
    """Port `Vault`. A sealed row is: format version (1 byte), nonce (12), ciphertext and tag."""

    def __init__(self, key: Any) -> None:
        self._key = key

    async def seal(self, table: str, key: str, value: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        box = await js.crypto.subtle.encrypt(_algorithm(nonce, table, key), self._key, to_js(value))
        return bytes([FORMAT]) + nonce + bytes(box.to_bytes())

    async def unseal(self, table: str, key: str, sealed: bytes) -> bytes:
        if len(sealed) <= 1 + _NONCE_BYTES:
            raise RowDamaged(f"the stored row {table}/{key} is cut off")
        nonce, box = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            value = await js.crypto.subtle.decrypt(_algorithm(nonce, table, key), self._key, to_js(box))
        except JsException as error:
            if sealed[0] > FORMAT:
                raise StorageTooNew(f"the stored row {table}/{key} has format {sealed[0]}: update mls-chat") from error
            raise RowDamaged(f"the stored row {table}/{key} was changed or belongs elsewhere") from error
        return bytes(value.to_bytes())


def _algorithm(nonce: bytes, table: str, key: str) -> Any:
    return js_object(name="AES-GCM", iv=to_js(nonce), additionalData=to_js(_place(table, key)))
