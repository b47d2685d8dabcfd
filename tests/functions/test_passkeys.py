"""Passkeys from a page's side: an authenticator in software, and everything that can be wrong with what it says."""

import base64
import json
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from authenticator import PRESENT, Authenticator, Json, b64url
from functions_server import Device, RefusedError, b64
from mls_chat.account_log import passkey_removal_statement, passkey_statement, vault_statement
from mls_chat.wire.bodies import VaultReply

ROOT = b"sealed root"


class Page:
    """A page of the server's own origin, with a device or without."""

    def __init__(self, http: httpx.Client, device: Device | None = None, host: str = "localhost") -> None:
        self.http, self.device = http, device
        self.origin = f"http://{host}:{http.base_url.port}"

    def __call__(self, name: str, **body: Any) -> Json:
        headers = {"origin": self.origin}
        if self.device is not None and self.device.token is not None:
            headers["authorization"] = f"Bearer {self.device.token}"
        response = self.http.post(name, json=body, headers=headers)
        reply: Json = response.json()
        if response.status_code != httpx.codes.OK:
            raise RefusedError(response.status_code, reply)
        return reply

    def refused(self, name: str, **body: Any) -> tuple[int, object]:
        with pytest.raises(RefusedError) as caught:
            self(name, **body)
        return caught.value.status, caught.value.code

    def asked(self, name: str) -> tuple[str, Json]:
        reply = self(name)
        return reply["challenge_id"], json.loads(reply["options"])

    def addition(self, authenticator: Authenticator, *, sealed_root: bytes = ROOT, **changes: Any) -> Json:
        """The body of passkey_add for a fresh challenge."""
        challenge_id, options = self.asked("passkey_create")
        assert self.device is not None
        signed = passkey_statement(self.device.user_id, authenticator.passkey_id, sealed_root)
        return {
            "challenge_id": challenge_id,
            "response": json.dumps(authenticator.create(options, self.origin, **changes)),
            "sealed_root": b64(sealed_root),
            "sealed_name": b64(b"sealed name"),
            "signature": b64(self.device.account.sign(signed)),
        }

    def assertion(self, authenticator: Authenticator, **changes: Any) -> Json:
        """The body of passkey_unlock for a fresh challenge."""
        challenge_id, options = self.asked("passkey_get")
        return {
            "challenge_id": challenge_id,
            "response": json.dumps(authenticator.get(options, self.origin, **changes)),
        }


@pytest.fixture
def page(http: httpx.Client) -> Page:
    """Of a device whose account has a vault."""
    device = Device(http).register()
    signed = vault_statement(device.user_id, 1, b"vault", b"")
    device("vault_put", generation=1, sealed_vault=b64(b"vault"), signature=b64(device.account.sign(signed)))
    return Page(http, device)


@pytest.fixture
def stranger(http: httpx.Client) -> Page:
    """A page that has nothing yet."""
    return Page(http)


@pytest.fixture
def passkey(page: Page) -> Authenticator:
    """Of the page's account, and added."""
    assert page.device is not None
    made = Authenticator(page.device.user_id)
    assert page("passkey_add", **page.addition(made)) == {}
    return made


def listed(page: Page) -> list[Json]:
    found: list[Json] = page("device_list")["passkeys"]
    return found


def test_what_the_authenticator_is_asked_for(page: Page, passkey: Authenticator) -> None:
    assert page.device is not None
    _, options = page.asked("passkey_create")
    assert options["rp"] == {"name": "mls-chat", "id": "localhost"}
    name = f"mls-chat {page.device.user_id[:8]}"
    assert options["user"] == {"id": page.device.user_id, "name": name, "displayName": name}
    selection = options["authenticatorSelection"]
    assert (selection["residentKey"], selection["requireResidentKey"]) == ("required", True)
    assert selection["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert [each["id"] for each in options["excludeCredentials"]] == [passkey.passkey_id]
    assert [each["transports"] for each in options["excludeCredentials"]] == [["internal"]]
    assert len(base64.urlsafe_b64decode(options["challenge"] + "=")) == 32


def test_any_passkey_of_the_site_may_answer(stranger: Page) -> None:
    _, options = stranger.asked("passkey_get")
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert not options.get("allowCredentials")


def test_whoever_has_the_passkey_opens_the_vault(page: Page, passkey: Authenticator, stranger: Page) -> None:
    assert page.device is not None
    assert [(each["passkey_id"], each["last_used"]) for each in listed(page)] == [(passkey.passkey_id, 0)]
    passkey.counter = 7
    reply = msgspec.convert(stranger("passkey_unlock", **stranger.assertion(passkey)), VaultReply)
    assert (reply.user_id, reply.generation, reply.sealed_vault) == (page.device.user_id, 1, b"vault")
    assert (reply.sealed_root, [each.number for each in reply.entries]) == (ROOT, [1])
    assert listed(page)[0]["last_used"] > 0


def test_each_passkey_has_its_own_root_key(page: Page, passkey: Authenticator, stranger: Page) -> None:
    assert page.device is not None
    second = Authenticator(page.device.user_id)
    page("passkey_add", **page.addition(second, sealed_root=b"for the second"))
    assert stranger("passkey_unlock", **stranger.assertion(passkey))["sealed_root"] == b64(ROOT)
    assert stranger("passkey_unlock", **stranger.assertion(second))["sealed_root"] == b64(b"for the second")


def test_the_same_addition_again_is_fine(page: Page) -> None:
    assert page.device is not None
    made = Authenticator(page.device.user_id)
    body = page.addition(made)
    for _ in range(2):
        assert page("passkey_add", **body) == {}
    assert page("passkey_add", **page.addition(made, sealed_root=b"newer root")) == {}
    assert len(listed(page)) == 1


def test_a_challenge_is_used_once(page: Page, passkey: Authenticator, stranger: Page) -> None:
    assert page.device is not None
    body = page.addition(Authenticator(page.device.user_id))
    page("passkey_add", **body)
    other = page.addition(Authenticator(page.device.user_id))
    assert page.refused("passkey_add", **other | {"challenge_id": body["challenge_id"]}) == (401, "challenge_unknown")
    assertion = stranger.assertion(passkey)
    stranger("passkey_unlock", **assertion)
    assert stranger.refused("passkey_unlock", **assertion) == (401, "challenge_unknown")


def test_a_failed_answer_uses_the_challenge_up(page: Page, passkey: Authenticator, stranger: Page) -> None:
    challenge_id, options = stranger.asked("passkey_get")
    bad = passkey.get(options, "https://evil.example")
    body = {"challenge_id": challenge_id, "response": json.dumps(bad)}
    assert stranger.refused("passkey_unlock", **body) == (403, "passkey_refused")
    good = {"challenge_id": challenge_id, "response": json.dumps(passkey.get(options, stranger.origin))}
    assert stranger.refused("passkey_unlock", **good) == (401, "challenge_unknown")


def test_a_challenge_is_for_its_device_and_purpose(page: Page, http: httpx.Client, passkey: Authenticator) -> None:
    other = Page(http, Device(http).register())
    assert other.device is not None
    foreign = page.addition(Authenticator(other.device.user_id))
    body = other.addition(Authenticator(other.device.user_id))
    assert other.refused("passkey_add", **body | {"challenge_id": foreign["challenge_id"]}) == (
        401,
        "challenge_unknown",
    )
    assertion = page.assertion(passkey)
    for name in ("login", "register"):
        wrong = page.device.challenge(name)[0] if page.device else ""
        assert page.refused("passkey_unlock", **assertion | {"challenge_id": wrong}) == (401, "challenge_unknown")
    created = page.asked("passkey_create")[0]
    assert page.refused("passkey_unlock", **assertion | {"challenge_id": created}) == (401, "challenge_unknown")


WRONG: list[Json] = [
    {"challenge": b64url(bytes(32))},
    {"origin": "https://evil.example"},
    {"rp_id": "evil.example"},
    {"rp_id": "127.0.0.1"},
    {"type": "payment.get"},
    {"flags": PRESENT},
    {"flags": 0x04},
    {"flags": 0},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_not_said_to_this_page_is_no_registration(page: Page, wrong: Json) -> None:
    assert page.device is not None
    body = page.addition(Authenticator(page.device.user_id), **wrong)
    assert page.refused("passkey_add", **body) == (403, "passkey_refused")
    assert listed(page) == []


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_not_said_to_this_page_unlocks_nothing(
    page: Page, passkey: Authenticator, stranger: Page, wrong: Json
) -> None:
    assert stranger.refused("passkey_unlock", **stranger.assertion(passkey, **wrong)) == (403, "passkey_refused")
    assert listed(page)[0]["last_used"] == 0


def test_another_key_unlocks_nothing(passkey: Authenticator, stranger: Page) -> None:
    thief = ec.generate_private_key(ec.SECP256R1())
    assert stranger.refused("passkey_unlock", **stranger.assertion(passkey, signer=thief)) == (403, "passkey_refused")


def test_another_account_unlocks_its_own_vault_only(
    page: Page, passkey: Authenticator, http: httpx.Client, stranger: Page
) -> None:
    other = Page(http, Device(http).register())
    assert other.device is not None
    its_own = Authenticator(other.device.user_id)
    other("passkey_add", **other.addition(its_own))
    assert stranger.refused("passkey_unlock", **stranger.assertion(its_own)) == (404, "vault_unknown")
    by_name = stranger.assertion(passkey, user_handle=other.device.user_id)
    assert stranger.refused("passkey_unlock", **by_name) == (403, "passkey_refused")
    stolen = Authenticator(other.device.user_id, credential_id=passkey.credential_id)
    assert other.refused("passkey_add", **other.addition(stolen)) == (403, "passkey_refused")
    assert stranger("passkey_unlock", **stranger.assertion(passkey))["sealed_root"] == b64(ROOT)


def test_an_unknown_passkey(stranger: Page) -> None:
    assert stranger.refused("passkey_unlock", **stranger.assertion(Authenticator("u" * 43))) == (404, "passkey_unknown")


def test_a_copied_authenticator_is_found_out(passkey: Authenticator, stranger: Page) -> None:
    passkey.counter = 5
    stranger("passkey_unlock", **stranger.assertion(passkey))
    for counter in (5, 4, 0):
        passkey.counter = counter
        assert stranger.refused("passkey_unlock", **stranger.assertion(passkey)) == (403, "passkey_refused")
    passkey.counter = 6
    stranger("passkey_unlock", **stranger.assertion(passkey))


def test_the_account_must_have_signed(page: Page) -> None:
    assert page.device is not None
    device, made = page.device, Authenticator(page.device.user_id)
    body = page.addition(made)
    for signed in (
        passkey_statement(device.user_id, made.passkey_id, b"other root"),
        passkey_statement(device.user_id, "other", ROOT),
        passkey_removal_statement(device.user_id, made.passkey_id),
    ):
        wrong = body | {"signature": b64(device.account.sign(signed))}
        assert page.refused("passkey_add", **wrong) == (401, "signature_invalid")
    by_device = device.key.sign(passkey_statement(device.user_id, made.passkey_id, ROOT))
    assert page.refused("passkey_add", **body | {"signature": b64(by_device)}) == (401, "signature_invalid")
    assert page("passkey_add", **body) == {}


def test_the_signed_id_must_be_that_of_the_credential(page: Page) -> None:
    assert page.device is not None
    made, other = Authenticator(page.device.user_id), Authenticator(page.device.user_id)
    body = page.addition(made)
    answer = json.loads(body["response"]) | {"id": other.passkey_id, "rawId": other.passkey_id}
    signed = passkey_statement(page.device.user_id, other.passkey_id, ROOT)
    body |= {"response": json.dumps(answer), "signature": b64(page.device.account.sign(signed))}
    assert page.refused("passkey_add", **body) == (403, "passkey_refused")


def test_certificates_are_not_even_looked_at(page: Page) -> None:
    assert page.device is not None
    for attestation in (
        {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"s", "x5c": [b"certificate"]}},
        {"fmt": "fido-u2f", "attStmt": {"sig": b"s", "x5c": [b"certificate"]}},
        {"fmt": "none", "attStmt": {"x": 1}},
    ):
        body = page.addition(Authenticator(page.device.user_id), attestation=attestation)
        assert page.refused("passkey_add", **body) == (403, "passkey_refused")


@pytest.mark.parametrize(
    "answer",
    [{}, {"id": 1}, {"id": "a\0b"}, {"id": "x" * 1365}, {"response": 1}, {"response": {"attestationObject": "%"}}],
    ids=str,
)
def test_an_answer_of_another_shape(page: Page, passkey: Authenticator, stranger: Page, answer: Json) -> None:
    assert page.device is not None
    signed = passkey_statement(page.device.user_id, str(answer.get("id", "")), ROOT)
    body = page.addition(Authenticator(page.device.user_id))
    body |= {"response": json.dumps(answer), "signature": b64(page.device.account.sign(signed))}
    assert page.refused("passkey_add", **body) == (403, "passkey_refused")
    assertion = stranger.assertion(passkey)
    broken = json.dumps({"id": passkey.passkey_id, "rawId": passkey.passkey_id, "type": "public-key"} | answer)
    assert stranger.refused("passkey_unlock", **assertion | {"response": broken}) == (403, "passkey_refused")


def test_a_key_that_is_larger_than_any(page: Page) -> None:
    assert page.device is not None
    made = Authenticator(page.device.user_id, more_key={-4: bytes(4100)})
    assert page.refused("passkey_add", **page.addition(made)) == (403, "passkey_refused")


def test_strange_transports_are_left_out(page: Page) -> None:
    assert page.device is not None
    for transports, kept in ((5, []), (["usb", "telepathy", 1], ["usb"]), ('{"}', []), (None, [])):
        made = Authenticator(page.device.user_id)
        body = page.addition(made)
        answer = json.loads(body["response"])
        answer["response"]["transports"] = transports
        page("passkey_add", **body | {"response": json.dumps(answer)})
        _, options = page.asked("passkey_create")
        (found,) = [each for each in options["excludeCredentials"] if each["id"] == made.passkey_id]
        assert found["transports"] == kept


def test_a_removed_passkey_unlocks_nothing(page: Page, passkey: Authenticator, stranger: Page) -> None:
    assert page.device is not None
    device = page.device
    addition = passkey_statement(device.user_id, passkey.passkey_id, ROOT)
    forged = b64(device.account.sign(addition))
    assert page.refused("passkey_remove", passkey_id=passkey.passkey_id, signature=forged) == (401, "signature_invalid")
    signature = b64(device.account.sign(passkey_removal_statement(device.user_id, passkey.passkey_id)))
    for _ in range(2):
        assert page("passkey_remove", passkey_id=passkey.passkey_id, signature=signature) == {}
    assert stranger.refused("passkey_unlock", **stranger.assertion(passkey)) == (404, "passkey_unknown")
    assert listed(page) == []


def test_only_pages_ask(page: Page, passkey: Authenticator, http: httpx.Client) -> None:
    assert page.device is not None
    for name, body in (("passkey_create", {}), ("passkey_get", {}), ("passkey_unlock", page.assertion(passkey))):
        with pytest.raises(RefusedError, match="403 origin_refused"):
            page.device(name, **body)
    elsewhere = Page(http, page.device)
    elsewhere.origin = "https://evil.example"
    assert elsewhere.refused("passkey_create") == (403, "origin_refused")


def test_a_passkey_belongs_to_the_host_it_was_made_for(page: Page, passkey: Authenticator, http: httpx.Client) -> None:
    """What was said to one of the app's origins is not taken from another."""
    other = Page(http, host="127.0.0.1")
    challenge_id, options = other.asked("passkey_get")
    assert options["rpId"] == "127.0.0.1"
    said = json.dumps(passkey.get(options | {"rpId": "localhost"}, page.origin))
    assert other.refused("passkey_unlock", challenge_id=challenge_id, response=said) == (403, "passkey_refused")
