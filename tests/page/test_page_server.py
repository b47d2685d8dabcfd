"""Files, headers and settings of the page's origin."""

import pytest
from aiohttp import ClientSession

from mls_chat.browser.settings import decode_settings
from page_front import Front
from stack.page_headers import CONTENT_SECURITY_POLICY, HEADERS

NOWHERE = "http://127.0.0.1:9"


def directives() -> dict[str, list[str]]:
    parts = (part.split() for part in CONTENT_SECURITY_POLICY.split(";"))
    return {name: values for name, *values in parts}


def test_policy_allows_the_page_alone() -> None:
    policy = directives()
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    assert policy["connect-src"] == ["'self'"]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert "'unsafe-inline'" not in CONTENT_SECURITY_POLICY
    assert "'unsafe-eval'" not in CONTENT_SECURITY_POLICY
    assert "http:" not in CONTENT_SECURITY_POLICY


def test_of_the_powers_of_a_page_it_has_the_camera_alone() -> None:
    powers = dict(part.strip().split("=") for part in HEADERS["Permissions-Policy"].split(","))
    assert powers.pop("camera") == "(self)"
    assert powers
    assert set(powers.values()) == {"()"}


@pytest.mark.parametrize(
    "path", ["/", "/sw.js", "/assets/main-1.js", "/settings.json", "/nowhere", "/assets/nothing.js"]
)
async def test_every_answer_carries_the_headers(front: Front, client: ClientSession, path: str) -> None:
    url = await front.at(NOWHERE, NOWHERE)
    async with client.get(url + path) as response:
        for name, value in HEADERS.items():
            assert response.headers[name] == value
        assert "Server" not in response.headers


@pytest.mark.parametrize(
    ("path", "caching"),
    [("/", "no-cache"), ("/sw.js", "no-cache"), ("/assets/main-1.js", "public, max-age=31536000, immutable")],
)
async def test_only_hashed_files_are_kept_for_ever(
    front: Front, client: ClientSession, path: str, caching: str
) -> None:
    url = await front.at(NOWHERE, NOWHERE)
    async with client.get(url + path) as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == caching


async def test_brotli_goes_to_those_who_take_it(front: Front, client: ClientSession) -> None:
    url = await front.at(NOWHERE, NOWHERE) + "/assets/main-1.js"
    async with client.get(url, headers={"Accept-Encoding": "gzip, br"}) as packed:
        assert packed.headers["Content-Encoding"] == "br"
        assert packed.headers["Content-Type"].startswith("text/javascript")
        assert await packed.read() == b"brotli stream"
    async with client.get(url, headers={"Accept-Encoding": "gzip"}) as plain:
        assert "Content-Encoding" not in plain.headers
        assert await plain.text() == "export {};" * 100


@pytest.mark.parametrize(
    "path", ["/assets/../../etc/passwd", "/assets/%2e%2e/%2e%2e/secret.json", "/assets/main-1.js.br", "/index.html"]
)
async def test_nothing_else_is_served(front: Front, client: ClientSession, path: str) -> None:
    url = await front.at(NOWHERE, NOWHERE)
    async with client.get(url + path) as response:
        assert response.status == 404
        assert (await response.json())["code"] == "not_found"


async def test_settings_are_what_the_engine_reads(front: Front, client: ClientSession) -> None:
    url = await front.at(NOWHERE, NOWHERE)
    async with client.get(url + "/settings.json") as response:
        settings = decode_settings(await response.text())
    assert settings.functions_base("https://chat.example") == "https://chat.example/functions/v1"
    assert settings.delivery_address("https://chat.example") == "wss://chat.example/delivery/v1"
    assert settings.delivery_address("http://127.0.0.1:8000") == "ws://127.0.0.1:8000/delivery/v1"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "https://x" + "x" * 3000])
def test_settings_refuse_other_schemes(address: str) -> None:
    settings = decode_settings(f'{{"functions_url":"{address}","delivery_url":"/d","api_key":"k"}}')
    with pytest.raises(ValueError, match="address"):
        settings.functions_base("https://chat.example")
