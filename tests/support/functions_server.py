"""The real edge functions over the test database, and clients that register with real keys."""

import base64
import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import InitVar, dataclass, field

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mls_chat.account_log import START, device_log_statement, entry_digest
from mls_chat.wire.records import DeviceLogEntry
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
class AccountLog:
    """Signs entries as the account does. `number` and `head` are those of the last one."""

    account: Ed25519PrivateKey
    user_id: str
    number: int = 0
    head: bytes = START

    def entry(self, device_id: str, public_key: bytes, change: str = "add", **changes: object) -> DeviceLogEntry:
        """The next entry; it counts once it is `done`."""
        fields = {"number": self.number + 1, "previous": self.head, "change": change, "made_at": 1, **changes}
        unsigned = DeviceLogEntry(device_id=device_id, device_public_key=public_key, signature=b"", **fields)  # type: ignore[arg-type]
        return msgspec.structs.replace(
            unsigned, signature=self.account.sign(device_log_statement(self.user_id, unsigned))
        )

    def done(self, entry: DeviceLogEntry) -> None:
        self.number, self.head = entry.number, entry_digest(self.user_id, entry)


def wire_json(body: msgspec.Struct) -> Json:
    """The body as it travels."""
    result: Json = msgspec.to_builtins(body, builtin_types=())
    return result


@dataclass
class Device:
    """An account with one device, as a client has it: two keys and an id each. Devices of an account share a log."""

    http: httpx.Client
    account: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    device_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    token: str | None = None
    log: AccountLog = field(init=False)
    shared_log: InitVar[AccountLog | None] = None

    def __post_init__(self, shared_log: AccountLog | None) -> None:
        self.log = shared_log or AccountLog(self.account, self.user_id)

    def another(self) -> "Device":
        """Another device of the account, not registered."""
        return Device(self.http, account=self.account, shared_log=self.log)

    def entry(self, change: str = "add", **changes: object) -> DeviceLogEntry:
        return self.log.entry(self.device_id, raw_public(self.key), change, **changes)

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
            "entry": wire_json(self.entry()),
            "sealed_name": b64(b"sealed name"),
            **changes,
        }

    def login(self, **changes: object) -> Json:
        """The body of auth_login with a fresh challenge."""
        challenge_id, challenge = self.challenge("login")
        signature = b64(self.key.sign(self.auth_statement(challenge)))
        return {"challenge_id": challenge_id, **self.names, "device_signature": signature, **changes}

    def register(self) -> "Device":
        entry = self.entry()
        body = self.registration(entry=wire_json(entry))
        self.token = str(call(self.http, "auth_register", body)["token"])
        self.log.done(entry)
        return self

    def __call__(self, name: str, **body: object) -> Json:
        return call(self.http, name, body, self.token)


def claims_of(token: str) -> Json:
    """A token's payload, unverified."""
    payload = token.split(".")[1]
    claims: Json = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
