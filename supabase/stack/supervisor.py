"""The whole local stack: starts the services in order, proves that they answer, stops them in reverse order."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from stack import health, keys, migrations
from stack.delivery import Delivery
from stack.errors import PortInUseError, StackError
from stack.folder import DataFolder
from stack.functions import Functions
from stack.page import Page
from stack.ports import PORT_MAX, free_ports, require_free
from stack.postgres import Postgres
from stack.watch import Service, Watch

PAGE_ROOT: Final = Path(__file__).resolve().parents[2] / ".build" / "page"


def quiet(_: str) -> None:
    """Says nothing."""


class Stack:
    """Postgres, edge functions, delivery and the page on one data folder, reachable at `url` alone.

    `start` returns when all of it answers and raises a StackError, with nothing left running, when that fails.
    Processes end with the thread that started them, so start it from a thread that lives as long as the stack.
    """

    def __init__(
        self,
        data: Path,
        port: int,
        *,
        page_root: Path = PAGE_ROOT,
        durable: bool = True,
        say: Callable[[str], None] = quiet,
    ) -> None:
        self.folder = DataFolder(data)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._page_root = page_root
        self._durable = durable
        self._say = say
        self._services: dict[str, Service] = {}
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def service(self, name: str) -> Service:
        """`postgres`, `functions`, `delivery` or `page`, to stop and start it alone."""
        return self._services[name]

    def log(self, name: str) -> Path:
        return self.folder.logs / f"{name}.log"

    def start(self) -> None:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops what runs, the last started first. Harmless when nothing does."""
        self._running.close()
        self._services = {}

    def watch(self, quit_fd: int) -> None:
        """Keeps the services alive until `quit_fd` is readable. Raises KeepsDyingError."""
        Watch(self._services, quit_fd, self._say, self.log).run()

    def _start(self) -> None:
        self.folder.take()
        self._running.callback(self.folder.release)
        self._require_page()
        self._require_port()
        database = self._start_database()
        self._start_servers(database)
        health.wait_answering(self.url, self.folder.logs)

    def _require_page(self) -> None:
        if not (self._page_root / "index.html").exists():
            raise StackError(f"{self._page_root} holds no page: `make run` builds it")

    def _require_port(self) -> None:
        try:
            require_free(self.port)
        except PortInUseError as cause:
            raise StackError(f"{cause}, like PORT={self.port % PORT_MAX + 1}") from cause

    def _start_database(self) -> Postgres:
        database = Postgres(self.folder.path, free_ports(1)[0], durable=self._durable)
        database.log = self.log("postgres")
        self._run("postgres", database)
        with ThreadPoolExecutor(1) as aside:  # the caller may have an event loop of its own
            applied = aside.submit(asyncio.run, migrations.migrate(database.dsn("postgres"))).result()
        if applied:
            self._say(f"{len(applied)} migrations applied")
        database.set_passwords()
        return database

    def _start_servers(self, database: Postgres) -> None:
        functions_port, delivery_port = free_ports(2)
        data = self.folder.path
        self._run("functions", Functions(data, functions_port, database.dsn("mls_chat_functions"), self.url))
        jwks = json.loads(keys.public_jwks(data))
        origins = [self.url, f"http://localhost:{self.port}"]
        issuer = f"{self.url}/auth/v1"
        delivery_dsn = database.dsn("mls_chat_delivery")
        self._run("delivery", Delivery(data, delivery_port, delivery_dsn, jwks, issuer, origins))
        functions_url, delivery_url = (f"http://127.0.0.1:{port}" for port in (functions_port, delivery_port))
        page = Page(self._page_root, self.port, functions_url, delivery_url)
        page.log = self.log("page")
        self._run("page", page)

    def _run(self, name: str, service: Service) -> None:
        self._say(f"starting {name}")
        self._services[name] = service
        self._running.callback(service.stop)
        service.start()
