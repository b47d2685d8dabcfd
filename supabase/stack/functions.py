"""The edge functions as one Deno process, without network access beyond its own port and the database."""

import http.client
import json
import os
import sysconfig
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from stack.errors import StackError
from stack.keys import public_jwks, signing_key
from stack.ports import require_free
from stack.process import Child

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = ("HOME", "PATH", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR", "LANG")


class Functions:
    """All functions of supabase/config.toml on 127.0.0.1:`port`. npm packages must be there: `deno install`.

    `public_url` is where clients reach them (SUPABASE_URL); pages of its origin, and of `origins`, may call.
    """

    def __init__(
        self, data: Path, port: int, database_dsn: str, public_url: str, *, origins: Sequence[str] | None = None
    ) -> None:
        self.data = data.resolve()
        self.port = port
        self.log = self.data / "logs" / "functions.log"
        self._database_dsn = database_dsn
        self._public_url = public_url.rstrip("/")
        self._origins = tuple(origins) if origins is not None else _origins(self._public_url)
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Returns when the functions answer. Raises a StackError otherwise."""
        require_free(self.port)
        database = urlsplit(self._database_dsn)
        net = f"127.0.0.1:{self.port},{database.hostname}:{database.port}"
        flags = ["--quiet", "--no-prompt", "--cached-only", "--frozen", f"--allow-net={net}", "--allow-env"]
        script = Path(__file__).with_name("serve.ts")
        argv = [_deno(), "run", *flags, f"--allow-read={ROOT}", str(script)]
        self._child = Child("functions", argv, self.log, env=self._environment(), cwd=ROOT)
        self._child.start()
        self._child.wait_ready(self._ready)

    def stop(self) -> None:
        """Lets running calls end for a moment, then stops. Harmless when it does not run."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {
            "PORT": str(self.port),
            "SUPABASE_URL": self._public_url,
            "SUPABASE_JWKS": public_jwks(self.data),
            "CHAT_SIGNING_JWK": signing_key(self.data),
            "CHAT_ORIGINS": ",".join(self._origins),
            "CHAT_DB_URL": self._database_dsn,
            "CHAT_DB_CONNECTIONS": "10",
        }

    def _ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            with suppress(OSError, http.client.HTTPException, ValueError):
                connection.request("GET", "/health")
                return bool(json.loads(connection.getresponse().read())["functions"])
            return False
        finally:
            connection.close()


def _deno() -> str:
    """The binary of the package `deno`, beside this interpreter."""
    path = Path(sysconfig.get_path("scripts")) / "deno"
    if not path.exists():
        raise StackError(f"{path} is missing: run `uv sync`")
    return str(path)


def _origins(url: str) -> tuple[str, ...]:
    """The origin of the URL, and the other name of the loopback."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return (origin, origin.replace("//127.0.0.1", "//localhost")) if parts.hostname == "127.0.0.1" else (origin,)
