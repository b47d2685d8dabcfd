"""The same calls to the server in memory and to the edge functions over Postgres."""

from typing import Any, Literal, Protocol

import asyncpg
import httpx
import msgspec

from contract_account import CRYPTO, Account
from fake_server import FakeServer
from mls_chat.identity import auth_statement
from mls_chat.ports import FunctionRefused
from mls_chat.wire import bodies
from mls_chat.wire.bodies import ENDPOINTS, ErrorBody
from mls_chat.wire.records import DeviceLogEntry


class Door(Protocol):
    origin: str

    def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        """Raises FunctionRefused."""

    async def later(self, seconds: int) -> None:
        """Time passes on the server."""

    async def forget_log(self, user_id: str) -> None:
        """The account's devices registered before there were logs."""


class FakeDoor:
    def __init__(self) -> None:
        self.origin = "http://chat.test"
        self._now = 1_800_000_000_000
        self._server = FakeServer(lambda: self._now)

    def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        return self._server.invoke(name, body, token)

    async def later(self, seconds: int) -> None:
        self._now += seconds * 1000

    async def forget_log(self, user_id: str) -> None:
        self._server.accounts[user_id].log.clear()


class RealDoor:
    def __init__(self, http: httpx.Client, dsn: str) -> None:
        self._http, self._dsn = http, dsn
        self.origin = f"http://{http.base_url.netloc.decode()}"

    def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        response = self._http.post(name, content=body, headers=headers)
        if response.status_code != httpx.codes.OK:
            error = msgspec.json.decode(response.content, type=ErrorBody)
            raise FunctionRefused(response.status_code, error.code, error.error, error.details)
        return response.content

    async def later(self, seconds: int) -> None:
        """The clock of Postgres stays; what was made moves into the past."""
        connection = await asyncpg.connect(self._dsn)
        try:
            back = f"interval '{seconds} seconds'"
            await connection.execute(f"update public.invites set expires_at = expires_at - {back}")
            await connection.execute(f"update public.invite_requests set claimed_at = claimed_at - {back}")
            await connection.execute(f"update public.links set expires_at = expires_at - {back}")
            await connection.execute(f"update public.recovery_codes set tried_at = tried_at - {back}")
        finally:
            await connection.close()

    async def forget_log(self, user_id: str) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await connection.execute("delete from public.device_log where user_id = $1", user_id)
        finally:
            await connection.close()


class Caller:
    """A device, registered unless it is `unknown`; of an account of its own unless one is given."""

    def __init__(self, door: Door, account: Account | None = None, *, unknown: bool = False) -> None:
        self.door = door
        self.account = account or Account()
        self._secret, self.public_key = CRYPTO.generate_signature_key_pair()
        self.user_id, self.device_id = self.account.user_id, fresh_id()
        self.token: str | None = None
        if not unknown:
            self.token = self.register().token

    def _prove(self, purpose: str) -> tuple[str, bytes]:
        body = bodies.AuthChallenge(purpose=purpose, user_id=self.user_id, device_id=self.device_id)  # type: ignore[arg-type]
        reply = self.call("auth_challenge", body)
        return reply.challenge_id, auth_statement(self.door.origin, self.user_id, self.device_id, reply.challenge)

    def registration(self, entry: DeviceLogEntry | None = None, **changes: Any) -> bodies.AuthRegister:
        """With a fresh challenge."""
        challenge_id, signed = self._prove("register")
        fields: dict[str, Any] = {
            "challenge_id": challenge_id,
            "user_id": self.user_id,
            "device_id": self.device_id,
            "account_public_key": self.account.public_key,
            "device_public_key": self.public_key,
            "credential": self.credential(),
            "account_signature": self.account.sign(signed),
            "device_signature": CRYPTO.sign(self._secret, signed),
            "entry": entry or self.entry("add"),
            "sealed_name": b"sealed name",
        }
        return bodies.AuthRegister(**fields | changes)

    def register(self) -> bodies.TokenReply:
        """Again, with the same entry, if it was registered."""
        mine = next((each for each in self.account.log if each.device_id == self.device_id), None)
        body = self.registration(mine)
        reply: bodies.TokenReply = self.call("auth_register", body)
        if mine is None:
            self.account.log.append(body.entry)
        return reply

    def credential(self) -> bytes:
        return self.account.credential(self.device_id, self.public_key)

    def entry(self, change: Literal["add", "revoke"], **changes: Any) -> DeviceLogEntry:
        """The next one of its account, about this device."""
        return self.account.entry(change, self.device_id, self.public_key, **changes)

    def addition(self, **changes: Any) -> bodies.DeviceAdd:
        """What another device of the account says of this one."""
        fields: dict[str, Any] = {"entry": self.entry("add"), "credential": self.credential(), "sealed_name": b"added"}
        return bodies.DeviceAdd(**fields | changes)

    def add(self, other: "Caller") -> None:
        body = other.addition()
        self.call("device_add", body)
        self.account.log.append(body.entry)

    def revoke(self, other: "Caller") -> None:
        entry = other.entry("revoke")
        self.call("device_revoke", bodies.DeviceRevoke(entry=entry))
        self.account.log.append(entry)

    def login(self) -> bodies.TokenReply:
        challenge_id, signed = self._prove("login")
        body = bodies.AuthLogin(
            challenge_id=challenge_id,
            user_id=self.user_id,
            device_id=self.device_id,
            device_signature=CRYPTO.sign(self._secret, signed),
        )
        reply: bodies.TokenReply = self.call("auth_login", body)
        return reply

    def call(self, name: str, body: msgspec.Struct) -> Any:
        """The reply. Raises FunctionRefused."""
        endpoint = ENDPOINTS[name]
        token = None if endpoint.public else self.token
        try:
            reply = self.door.invoke(name, msgspec.json.encode(body), token)
        except FunctionRefused as refused:
            if refused.code != "token_expired":
                raise
            self.token = self.login().token
            reply = self.door.invoke(name, msgspec.json.encode(body), self.token)
        return msgspec.json.decode(reply, type=endpoint.reply)

    def refused(self, name: str, body: msgspec.Struct) -> tuple[int, str]:
        return self.refusal(name, body)[:2]

    def refusal(self, name: str, body: msgspec.Struct) -> tuple[int, str, dict[str, int | str]]:
        """Status, code and facts with which the call is refused; it must be."""
        try:
            reply = self.call(name, body)
        except FunctionRefused as refused:
            return refused.status, refused.code, refused.details
        raise AssertionError(f"{name} was not refused: {reply}")


def sibling(caller: Caller) -> Caller:
    """Another device of the same account, which has registered itself."""
    return Caller(caller.door, caller.account)


def fresh_id() -> str:
    raw = CRYPTO.random_bytes(16).hex()
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-8{raw[17:20]}-{raw[20:]}"
