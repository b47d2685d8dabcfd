"""The functions outlive a restart of the database, however many calls are on their way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import repeat

import httpx

from database import running_postgres
from sql_world import new_id
from stack.functions import Functions
from stack.migrations import migrate
from stack.ports import free_ports
from stack.postgres import Postgres

WELL = (404, "invite_unknown")
AWAY = (503, "unavailable")
CALLERS = 20
RESTARTS = 4

Ask = Callable[[], Coroutine[None, None, tuple[int, str]]]


@asynccontextmanager
async def database_and_functions() -> AsyncIterator[tuple[Postgres, Ask]]:
    with running_postgres() as database:
        await migrate(database.dsn("postgres"))
        database.set_passwords()
        port = free_ports(1)[0]
        url = f"http://127.0.0.1:{port}"
        functions = Functions(database.data, port, database.dsn("mls_chat_functions"), url)
        functions.start()
        try:
            async with httpx.AsyncClient(base_url=f"{url}/functions/v1", timeout=15) as client:

                async def ask() -> tuple[int, str]:
                    response = await client.post("invite_info", json={"invite_id": new_id()})
                    return response.status_code, response.json()["code"]

                yield database, ask
        finally:
            functions.stop()


async def test_unavailable_then_well_again() -> None:
    async with database_and_functions() as (database, ask):
        assert await ask() == WELL
        database.stop()
        assert await ask() == AWAY
        database.start()
        assert await ask() == WELL


async def test_every_call_is_answered_while_the_database_restarts() -> None:
    async with database_and_functions() as (database, ask):
        for _ in range(RESTARTS):
            over = asyncio.Event()

            async def call(over: asyncio.Event = over) -> list[tuple[int, str]]:
                answers = [await ask()]
                while not over.is_set():
                    answers.append(await ask())
                return answers

            callers = [asyncio.create_task(call()) for _ in repeat(None, CALLERS)]
            await asyncio.to_thread(database.stop)
            while await ask() != AWAY:
                pass
            database.start()  # on this thread: a service ends with the thread that started it
            over.set()
            answers = {answer for caller in callers for answer in await caller}
            assert answers <= {WELL, AWAY}
            assert set(await asyncio.gather(*(ask() for _ in repeat(None, CALLERS)))) == {WELL}
