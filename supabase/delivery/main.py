"""The program: `python -m delivery --port PORT`, configured by the environment (see README.md)."""

import argparse
import asyncio
import os
import signal
from collections.abc import Sequence

import uvloop

from delivery.errors import SettingsError
from delivery.journal import Journal
from delivery.server import Server
from delivery.settings import Settings, from_environment


async def run(settings: Settings, journal: Journal) -> None:
    """Serves until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = Server(settings, journal)
    await server.start()
    await stop.wait()
    await server.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="delivery", description="WebSocket delivery service of mls-chat")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args(arguments)
    journal = Journal()
    try:
        uvloop.run(run(from_environment(os.environ, options.host, options.port), journal))
    except SettingsError as error:
        journal.event("refused_to_start", why=str(error))
        return 2
    except OSError as error:
        journal.error("refused_to_start", error)
        return 1
    return 0
