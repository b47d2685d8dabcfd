"""What lies in the files of a browser profile, byte by byte; its browser must not run."""

import re
from pathlib import Path
from typing import Final

DEVICE_KEY: Final = re.compile(rb"\\K\x01.\x20[\x80-\xff]*[\x00-\x7f]\x20(.{32})", re.DOTALL)
"""A CryptoKey for AES of 256 bits as V8 writes it: tags, algorithm, length, uses, then the key's bytes and their count.
"""


def contents(folder: Path) -> dict[str, bytes]:
    """Of every file that there is, without the folder's own name, which the browser writes into its logs."""
    own = [str(folder).encode(), str(folder).encode("utf-16-le")]
    return {
        str(path.relative_to(folder)): path.read_bytes().replace(own[0], b"").replace(own[1], b"")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def files_with(folder: Path, secret: bytes) -> list[str]:
    return [name for name, content in contents(folder).items() if secret in content]


def text_forms(text: str) -> list[bytes]:
    """As browsers store it: UTF-8 and both kinds of UTF-16."""
    return [text.encode(), text.encode("utf-16-le")]


def device_keys_in(folder: Path) -> list[bytes]:
    """AES keys that are stored as CryptoKey."""
    found = [
        match.group(1)
        for name, content in contents(folder).items()
        if "IndexedDB" in name
        for match in DEVICE_KEY.finditer(content)
    ]
    return list(dict.fromkeys(found))
