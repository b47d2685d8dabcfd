"""The public `supabase` package is a client of ours: its headers, its errors."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from supabase import Client, create_client
from supabase.lib.client_options import SyncClientOptions
from supabase_functions.errors import FunctionsHttpError

from functions_server import Device
from sql_world import new_id
from stack.functions import Functions


def invoke(client: Client, name: str, **body: Any) -> Any:
    reply = client.functions.invoke(name, {"body": body})
    assert isinstance(reply, bytes)
    return json.loads(reply)


@pytest.fixture
def client(functions: Functions) -> Iterator[Client]:
    with httpx.Client(timeout=20) as transport:
        options = SyncClientOptions(httpx_client=transport, auto_refresh_token=False)
        yield create_client(f"http://127.0.0.1:{functions.port}", "sb_publishable_local", options)


def test_calls_with_a_token(client: Client, http: httpx.Client) -> None:
    device = Device(http).register()
    client.functions.set_auth(str(device.token))
    group = new_id()
    assert invoke(client, "group_create", group_id=group) == {"group_id": group, "epoch": 0, "head_seq": 0}
    assert [each["group_id"] for each in invoke(client, "user_groups")["groups"]] == [group]


def test_the_publishable_key_is_no_user_but_may_ask_about_invites(client: Client) -> None:
    with pytest.raises(FunctionsHttpError, match="not valid here"):
        invoke(client, "user_groups")
    with pytest.raises(FunctionsHttpError, match="there is no such invite"):
        invoke(client, "invite_info", invite_id=new_id())
