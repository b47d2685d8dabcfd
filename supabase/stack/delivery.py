"""The delivery service as a child process of the local stack."""

import http.client
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from stack.process import Child

PYTHON_PATH: Final = os.pathsep.join(
    str(Path(__file__).resolve().parents[2] / folder) for folder in ("client", "supabase")
)


class Delivery:
    """`python -m delivery` on 127.0.0.1:`port`; `start` returns when it answers. Raises ServiceFailedError."""

    def __init__(
        self, data: Path, port: int, database_dsn: str, jwks: Mapping[str, Any], issuer: str, origins: Sequence[str]
    ) -> None:
        self.port = port
        self.child = Child(
            "delivery",
            [sys.executable, "-m", "delivery", "--port", str(port)],
            log=data.resolve() / "logs" / "delivery.log",
            env={
                **os.environ,
                "PYTHONPATH": PYTHON_PATH,
                "MLS_CHAT_DELIVERY_DB": database_dsn,
                "MLS_CHAT_JWKS": json.dumps(jwks),
                "MLS_CHAT_ISSUER": issuer,
                "MLS_CHAT_ORIGINS": ",".join(origins),
            },
        )

    @property
    def pid(self) -> int | None:
        return self.child.pid

    def start(self) -> None:
        self.child.start()
        self.child.wait_ready(self._answers)

    def stop(self) -> None:
        """Ends it within three seconds; everything that it has taken is stored and answered first."""
        self.child.stop()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
