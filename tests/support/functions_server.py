"""The real edge functions over the test database, and clients that register with real keys."""

import base64
import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from stack.functions import Functions
from stack.ports import free_ports
from stack.postgres import Postgres

Json = dict[str, object]


@pytest.fixture(scope="session")
def functions(postgres: Postgres) -> Iterator[Functions]:
    port = free_ports(1)[0]
    service = Functions(postgres.data, port, postgres.dsn("mls_chat_functions"), f"http://127.0.0.1:{port}")
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def http(functions: Functions) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{functions.port}/functions/v1", timeout=20) as client:
        yield client


class RefusedError(Exception):
    """What a function refused: its status, code and details."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body.get('code')}: {body.get('error')}")
        self.status = status
        self.code = body.get("code")
        self.details = body.get("details")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def call(http: httpx.Client, name: str, body: object, token: str | None = None) -> Json:
    """The reply, or RefusedError."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    response = http.post(name, json=body, headers=headers)
    reply: Json = response.json()
    if response.status_code != httpx.codes.OK:
        raise RefusedError(response.status_code, reply)
    return reply


def statement(label: str, *fields: bytes) -> bytes:
    return label.encode() + b"".join(len(each).to_bytes(4, "big") + each for each in fields)


def raw_public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@dataclass
class Device:
    """An account with one device, as a client has it: two keys and an id each."""

    http: httpx.Client
    account: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    device_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    token: str | None = None

    @property
    def user_id(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(raw_public(self.account)).digest()).rstrip(b"=").decode()

    @property
    def origin(self) -> str:
        return f"http://{self.http.base_url.netloc.decode()}"

    @property
    def names(self) -> Json:
        return {"user_id": self.user_id, "device_id": self.device_id}

    def credential(self) -> bytes:
        user, device = self.user_id.encode(), self.device_id.encode()
        signature = self.account.sign(statement("mls-chat device v1", user, device, raw_public(self.key)))
        fields = (user, device, raw_public(self.account), signature)
        return b"\x01" + b"".join(len(each).to_bytes(2, "big") + each for each in fields)

    def challenge(self, purpose: str) -> tuple[str, bytes]:
        reply = call(self.http, "auth_challenge", {"purpose": purpose, **self.names})
        return str(reply["challenge_id"]), base64.b64decode(str(reply["challenge"]))

    def auth_statement(self, challenge: bytes, origin: str | None = None) -> bytes:
        names = (self.user_id.encode(), self.device_id.encode())
        return statement("mls-chat auth v1", (origin or self.origin).encode(), *names, challenge)

    def registration(self, **changes: object) -> Json:
        """The body of auth_register with a fresh challenge."""
        challenge_id, challenge = self.challenge("register")
        signed = self.auth_statement(challenge)
        return {
            "challenge_id": challenge_id,
            **self.names,
            "account_public_key": b64(raw_public(self.account)),
            "device_public_key": b64(raw_public(self.key)),
            "credential": b64(self.credential()),
            "account_signature": b64(self.account.sign(signed)),
            "device_signature": b64(self.key.sign(signed)),
            **changes,
        }

    def login(self, **changes: object) -> Json:
        """The body of auth_login with a fresh challenge."""
        challenge_id, challenge = self.challenge("login")
        signature = b64(self.key.sign(self.auth_statement(challenge)))
        return {"challenge_id": challenge_id, **self.names, "device_signature": signature, **changes}

    def register(self) -> "Device":
        self.token = str(call(self.http, "auth_register", self.registration())["token"])
        return self

    def __call__(self, name: str, **body: object) -> Json:
        return call(self.http, name, body, self.token)


def claims_of(token: str) -> Json:
    """A token's payload, unverified."""
    payload = token.split(".")[1]
    claims: Json = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
