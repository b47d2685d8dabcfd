"""Writes how the newest set's rows lie in a browser, open and locked, with the code that runs it in part alone:

    PYTHONPATH=client:tests/support .venv/bin/python tests/golden/make_browser.py

The file is named by the format of the database: once that is in somebody's browser it is never written again.
"""

import json
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mls_chat.identity import CIPHER_SUITE
from mls_chat.row_key import seal_row_key, short_id_of
from mls_rs_python import Crypto

HERE: Final = Path(__file__).parent
FORMAT: Final = 2
DEVICE_KEY, ROW_KEY, STORAGE_KEY = (bytes([first, *range(1, 32)]) for first in (10, 20, 30))
NONCE: Final = bytes(12)


def sealed(table: str, key: str, value: bytes, index: int) -> bytes:
    """As the browser's vault does it."""
    fields = [b"mls-chat row v1", table.encode(), key.encode()]
    place = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    nonce = index.to_bytes(12, "big")
    return bytes([1]) + nonce + AESGCM(ROW_KEY).encrypt(nonce, value, place)


def main() -> None:
    newest = max((each for each in HERE.iterdir() if each.name.isdecimal()), key=lambda each: int(each.name))
    rows = json.loads((newest / "story.json").read_text())["rows"]
    crypto = Crypto(CIPHER_SUITE)
    secret, public = crypto.generate_signature_key_pair()
    user_id = "a-user-id-of-somebody"
    content: dict[str, Any] = {
        "database": {"version": FORMAT, "stores": ["rows", "keys", "meta"], "generation": 7},
        "device_key": DEVICE_KEY.hex(),
        "row_key": (NONCE + AESGCM(DEVICE_KEY).encrypt(NONCE, ROW_KEY, b"mls-chat row key v1")).hex(),
        "rows": [[t, k, sealed(t, k, bytes.fromhex(value), index).hex()] for index, (t, k, value) in enumerate(rows)],
        "values": rows,
        "user_id": user_id,
        "storage_key": STORAGE_KEY.hex(),
        "backup_secret_key": secret.hex(),
        "short_id": short_id_of(user_id),
        "sealed_row_key": seal_row_key(crypto, public, STORAGE_KEY, user_id, ROW_KEY).hex(),
        "label": short_id_of(user_id),
    }
    folder = HERE / "browser"
    folder.mkdir(exist_ok=True)
    (folder / f"{FORMAT}.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
