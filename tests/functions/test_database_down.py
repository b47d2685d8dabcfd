"""The functions outlive a restart of the database."""

import httpx

from database import running_postgres
from sql_world import new_id
from stack.functions import Functions
from stack.migrations import migrate
from stack.ports import free_ports


async def test_unavailable_then_well_again() -> None:
    with running_postgres() as database:
        await migrate(database.dsn("postgres"))
        database.set_passwords()
        port = free_ports(1)[0]
        url = f"http://127.0.0.1:{port}"
        functions = Functions(database.data, port, database.dsn("mls_chat_functions"), url)

        def ask() -> tuple[int, str]:
            response = httpx.post(f"{url}/functions/v1/invite_info", json={"invite_id": new_id()}, timeout=30)
            return response.status_code, response.json()["code"]

        functions.start()
        try:
            assert ask() == (404, "invite_unknown")
            database.stop()
            assert ask() == (503, "unavailable")
            database.start()
            assert ask() == (404, "invite_unknown")
        finally:
            functions.stop()
