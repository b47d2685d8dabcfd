"""The same calls to the server in memory and to the edge functions over Postgres."""

from typing import Any, Protocol

import asyncpg
import httpx
import msgspec

from fake_server import FakeServer
from mls_chat.identity import auth_statement, device_statement, encode_credential, user_id_of
from mls_chat.ports import FunctionRefused
from mls_chat.wire import bodies
from mls_chat.wire.bodies import ENDPOINTS, ErrorBody
from mls_rs_python import Crypto

CRYPTO = Crypto()


class Door(Protocol):
    origin: str

    def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        """Raises FunctionRefused."""

    async def later(self, seconds: int) -> None:
        """Time passes on the server."""


class FakeDoor:
    def __init__(self) -> None:
        self.origin = "http://chat.test"
        self._now = 1_800_000_000_000
        self._server = FakeServer(lambda: self._now)

    def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        return self._server.invoke(name, body, token)

    async def later(self, seconds: int) -> None:
        self._now += seconds * 1000


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
        finally:
            await connection.close()


class Caller:
    """A registered device."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._account, self._account_public = CRYPTO.generate_signature_key_pair()
        self._secret, self._public = CRYPTO.generate_signature_key_pair()
        self.user_id, self.device_id = user_id_of(self._account_public), fresh_id()
        self.token: str | None = None
        self.token = self.register().token

    def _prove(self, purpose: str) -> tuple[str, bytes]:
        body = bodies.AuthChallenge(purpose=purpose, user_id=self.user_id, device_id=self.device_id)  # type: ignore[arg-type]
        reply = self.call("auth_challenge", body)
        return reply.challenge_id, auth_statement(self.door.origin, self.user_id, self.device_id, reply.challenge)

    def register(self) -> bodies.TokenReply:
        challenge_id, signed = self._prove("register")
        statement = device_statement(self.user_id, self.device_id, self._public)
        signature = CRYPTO.sign(self._account, statement)
        body = bodies.AuthRegister(
            challenge_id=challenge_id,
            user_id=self.user_id,
            device_id=self.device_id,
            account_public_key=self._account_public,
            device_public_key=self._public,
            credential=encode_credential(self.user_id, self.device_id, self._account_public, signature),
            account_signature=CRYPTO.sign(self._account, signed),
            device_signature=CRYPTO.sign(self._secret, signed),
        )
        reply: bodies.TokenReply = self.call("auth_register", body)
        return reply

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


def fresh_id() -> str:
    raw = CRYPTO.random_bytes(16).hex()
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-8{raw[17:20]}-{raw[20:]}"
