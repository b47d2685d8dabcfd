"""People, groups and invites in one transaction that is rolled back, and calls under the caller's own role."""

import base64
import hashlib
import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import msgspec
import pytest

from database import Connection
from mls_chat.account_log import START
from mls_chat.wire.records import DeviceLogEntry

Json = dict[str, Any]

EMPTY = (
    "delete from public.accounts; delete from public.groups; delete from public.challenges; delete from public.links;"
)
SILENT_BELL = """
create table private.test_bells (place int generated always as identity, bell jsonb);
grant all on private.test_bells to postgres;
create or replace function private.bell(p_kind text, p_facts jsonb) returns void language sql volatile as
$$ insert into private.test_bells (bell) values (jsonb_build_object('kind', p_kind) || p_facts) $$;
"""


def new_id() -> str:
    return str(uuid.uuid4())


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Device:
    user_id: str
    device_id: str

    @property
    def added(self) -> Json:
        return {"user_id": self.user_id, "device_id": self.device_id}

    @property
    def claims(self) -> Json:
        return {"sub": self.user_id, "device_id": self.device_id, "role": "authenticated"}


def sealed_key(device: Device, key: bytes = b"sealed key", *, for_device: bool = False) -> Json:
    """A commit's entry for the device's account, or for this device of it."""
    named = {"device_id": device.device_id} if for_device else {}
    return {"user_id": device.user_id, "sealed_key": b64(key), **named}


def code(locator: bytes = b"locator", access_key: bytes = b"access key", **changes: Any) -> Json:
    """A recovery code as a vault brings it."""
    return {
        "locator_hash": b64(hashlib.sha256(locator).digest()),
        "access_hash": b64(hashlib.sha256(access_key).digest()),
        "salt": b64(b"salt"),
        "memory_kib": 65536,
        "iterations": 3,
        "sealed_root": b64(b"sealed root"),
        **changes,
    }


@dataclass(frozen=True)
class Invite:
    invite_id: str
    access_key: bytes


class RefusedError(Exception):
    def __init__(self, cause: asyncpg.PostgresError) -> None:
        super().__init__(f"{cause.sqlstate} {cause}")
        self.sqlstate = cause.sqlstate or ""
        self.code = cause.args[0]
        self.detail = cause.detail or ""
        self.facts: Json = json.loads(cause.hint) if cause.hint else {}


@dataclass
class World:
    db: Connection
    _next_seq: dict[str, int] = field(default_factory=dict)

    async def device(self, user_id: str | None = None) -> Device:
        """A registered device: of a new account, or of the given one."""
        if user_id is None:
            key = os.urandom(32)
            user_id = base64.urlsafe_b64encode(hashlib.sha256(key).digest()).rstrip(b"=").decode()
            await self.db.execute("insert into public.accounts (user_id, public_key) values ($1, $2)", user_id, key)
        device = Device(user_id, new_id())
        await self.db.execute(
            "insert into public.devices (device_id, user_id, public_key, credential) values ($1, $2, $3, 'c')",
            device.device_id,
            user_id,
            os.urandom(32),
        )
        return device

    async def revoke(self, device: Device) -> None:
        await self.db.execute("update public.devices set revoked_at = now() where device_id = $1", device.device_id)

    @asynccontextmanager
    async def become(self, role: str, claims: Json | None) -> AsyncIterator[None]:
        """What happens inside has this role's rights; an error inside undoes it."""
        try:
            async with self.db.transaction():
                await self.db.execute(
                    "select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)",
                    json.dumps(claims) if claims else "",
                    role,
                )
                yield
        finally:
            await self.db.execute("select set_config('role', 'none', true), set_config('request.jwt.claims', '', true)")

    async def call(self, caller: Device | Json | None, name: str, **arguments: Any) -> Json:
        """The reply of public.`name`, called as this device (with these claims; anonymously), or RefusedError."""
        claims = caller.claims if isinstance(caller, Device) else caller
        listed = ", ".join(f"p_{key} => ${place}" for place, key in enumerate(arguments, 1))
        values = [json.dumps(each) if _is_jsonb(key, each) else each for key, each in arguments.items()]
        try:
            async with self.become("authenticated" if claims else "anon", claims):
                reply = await self.db.fetchval(f"select public.{name}({listed})", *values)
        except asyncpg.PostgresError as cause:
            raise RefusedError(cause) from cause
        result: Json = json.loads(reply)
        return result

    async def functions(self, caller: Device | Json | None, name: str, **arguments: Any) -> Any:
        """The reply of private.`name`, called by the functions for this device (for nobody), or RefusedError."""
        listed = ", ".join(f"p_{key} => ${place}" for place, key in enumerate(arguments, 1))
        values = [json.dumps(each) if _is_jsonb(key, each) else each for key, each in arguments.items()]
        claims = caller.claims if isinstance(caller, Device) else caller
        try:
            async with self.become("mls_chat_functions", claims):
                reply = await self.db.fetchval(f"select private.{name}({listed})", *values)
        except asyncpg.PostgresError as cause:
            raise RefusedError(cause) from cause
        return json.loads(reply) if isinstance(reply, str) and reply[:1] in "{[" else reply

    async def entry(self, device: Device, change: str = "add", **changes: Any) -> Json:
        """An entry that continues the account's log as it is now. Its signature is checked elsewhere."""
        last = await self.db.fetchrow(
            "select number, digest from public.device_log where user_id = $1 order by number desc limit 1",
            device.user_id,
        )
        key = await self.db.fetchval("select public_key from public.devices where device_id = $1", device.device_id)
        entry = DeviceLogEntry(
            number=last["number"] + 1 if last else 1,
            previous=last["digest"] if last else START,
            change=change,  # type: ignore[arg-type]
            device_id=device.device_id,
            device_public_key=key or os.urandom(32),
            made_at=1_800_000_000_000,
            signature=bytes(64),
        )
        result: Json = msgspec.to_builtins(msgspec.structs.replace(entry, **changes))
        return result

    async def passkey(self, device: Device, **changes: Any) -> str:
        """Of the device's account; its id."""
        arguments = {
            "passkey_id": new_id(),
            "public_key": b"public key",
            "counter": 0,
            "transports": ["internal"],
            "sealed_root": b"sealed root",
            "sealed_name": b"sealed name",
        }
        arguments |= changes
        await self.functions(device, "passkey_add", **arguments)
        return str(arguments["passkey_id"])

    async def group(self, owner: Device, *members: Device) -> str:
        """A group in which the owner has added all members with one commit (if there are any)."""
        group_id = new_id()
        await self.call(owner, "group_create", group_id=group_id)
        if members:
            await self.commit(owner, group_id, added=list(members))
        return group_id

    async def group_of(self, count: int) -> tuple[str, list[Device]]:
        """A group of so many new devices; the first is its owner and has added the others at 1."""
        devices = [await self.device() for _ in range(count)]
        return await self.group(*devices), devices

    async def commit(self, device: Device, group_id: str, **changes: Any) -> Json:
        return await self.call(device, "send_commit", **await self.commit_of(group_id, **changes))

    async def commit_of(
        self, group_id: str, added: list[Device] | None = None, removed: list[Device] | None = None, **changes: Any
    ) -> Json:
        """Arguments of a commit that fits the group as it is now."""
        epoch = await self.db.fetchval("select epoch from public.groups where id = $1", group_id)
        return {
            "group_id": group_id,
            "message_id": new_id(),
            "epoch": epoch,
            "mls_bytes": b"commit",
            "added": [each.added for each in added or []],
            "removed": [each.device_id for each in removed or []],
            "welcomes": [
                {"device_id": each.device_id, "welcome": b64(b"welcome " + each.device_id.encode()), "mac": b64(b"mac")}
                for each in added or []
            ],
            **changes,
        }

    async def flag(self, device: Device, group_id: str, server_seq: int) -> Json:
        return await self.call(device, "commit_flag", group_id=group_id, server_seq=server_seq)

    async def rejoin(self, device: Device, group_id: str, **changes: Any) -> Json:
        """An external commit that fits the group as it is now."""
        epoch = await self.db.fetchval("select epoch from public.groups where id = $1", group_id)
        fields = {"group_id": group_id, "message_id": new_id(), "epoch": epoch, "mls_bytes": b"external commit"}
        return await self.call(device, "group_rejoin", **fields | changes)

    async def say(self, device: Device, group_id: str, **changes: Any) -> Json:
        epoch = await self.db.fetchval("select epoch from public.groups where id = $1", group_id)
        self._next_seq[device.device_id] = self._next_seq.get(device.device_id, -1) + 1
        arguments = {
            "group_id": group_id,
            "message_id": new_id(),
            "client_seq": self._next_seq[device.device_id],
            "msg_kind": "chat",
            "epoch": epoch,
            "mls_bytes": b"chat",
        }
        return await self.call(device, "send_message", **arguments | changes)

    async def invite(self, member: Device, group_id: str, **changes: Any) -> Invite:
        invite = Invite(new_id(), os.urandom(32))
        arguments = {
            "invite_id": invite.invite_id,
            "group_id": group_id,
            "access_hash": hashlib.sha256(invite.access_key).digest(),
            "sealed_info": b"sealed info",
        }
        await self.call(member, "invite_create", **arguments | changes)
        return invite

    async def join(self, device: Device, invite: Invite, **changes: Any) -> str:
        """The id of the request."""
        arguments = {
            "invite_id": invite.invite_id,
            "access_key": invite.access_key,
            "key_package": b"key package",
            "mac": b"mac",
            "sealed_profile": b"sealed profile",
        }
        return str((await self.call(device, "invite_join", **arguments | changes))["request_id"])

    async def bells(self) -> list[Json]:
        """What was rung since the last look, in order."""
        rows = await self.db.fetch(
            "with gone as (delete from private.test_bells returning *) select * from gone order by place"
        )
        return [json.loads(row["bell"]) for row in rows]

    async def snapshot(self) -> Json:
        """Every row of every table of ours."""
        names = await self.db.fetch(
            """select n.nspname || '.' || c.relname as name
               from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where c.relkind = 'r' and n.nspname in ('public', 'private') and c.relname <> 'test_bells'"""
        )
        rows = {row["name"]: await self.db.fetch(f"select t::text from {row['name']} t") for row in names}
        return {name: sorted(row[0] for row in each) for name, each in rows.items()}

    @asynccontextmanager
    async def refusal(self, code: str, status: int, **facts: Any) -> AsyncIterator[None]:
        """What happens inside is refused with this code and these facts, and changes nothing."""
        before = await self.snapshot()
        with pytest.raises(RefusedError) as caught:
            yield
        refused = caught.value
        assert (refused.code, refused.sqlstate, refused.facts) == (code, f"PT{status}", facts), str(refused)
        assert caught.value.detail
        assert await self.snapshot() == before


def _is_jsonb(name: str, value: Any) -> bool:
    return isinstance(value, dict) or name in ("added", "welcomes", "keys", "upto")


@asynccontextmanager
async def open_world(dsn: str) -> AsyncIterator[World]:
    """An empty world; `dsn` must be a superuser's. All is undone at the end."""
    connection = await asyncpg.connect(dsn)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(EMPTY + SILENT_BELL)
        yield World(connection)
    finally:
        await transaction.rollback()
        await connection.close()
