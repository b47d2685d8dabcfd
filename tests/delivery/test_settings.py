"""What the environment must hold, and the small parts: rates and the journal."""

import io
import json

import pytest

from delivery.errors import SettingsError
from delivery.journal import Journal
from delivery.rates import Bucket
from delivery.settings import from_environment

GOOD = {
    "MLS_CHAT_DELIVERY_DB": "postgresql://login:password@host/db",
    "MLS_CHAT_JWKS": '{"keys": []}',
    "MLS_CHAT_ISSUER": "https://project.test/auth/v1",
    "MLS_CHAT_ORIGINS": "https://a.test, https://b.test,",
}


def test_a_full_environment_is_understood() -> None:
    settings = from_environment(GOOD, "127.0.0.1", 1)
    assert settings.origins == ("https://a.test", "https://b.test")
    assert "password" not in repr(settings)


@pytest.mark.parametrize("name", ["MLS_CHAT_DELIVERY_DB", "MLS_CHAT_JWKS", "MLS_CHAT_ISSUER"])
@pytest.mark.parametrize("value", [None, " "])
def test_what_is_missing_is_named(name: str, value: str | None) -> None:
    environment = {key: text for key, text in {**GOOD, name: value}.items() if text is not None}
    with pytest.raises(SettingsError, match=name):
        from_environment(environment, "127.0.0.1", 1)


@pytest.mark.parametrize("value", ["{", "[]", "1"])
def test_a_key_set_must_be_json(value: str) -> None:
    with pytest.raises(SettingsError, match="MLS_CHAT_JWKS"):
        from_environment({**GOOD, "MLS_CHAT_JWKS": value}, "127.0.0.1", 1)


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(per_second=2, burst=3)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(100.5), bucket.take(100.5)] == [True, False]
    assert [bucket.take(200.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(199.0) is False


def test_the_journal_names_errors_without_their_words() -> None:
    lines = io.StringIO()
    try:
        raise ValueError("what somebody wrote") from OSError("and more of it")
    except ValueError as error:
        Journal(lines).error("failed", error, messages=2)
    [line] = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert (line["event"], line["error"], line["cause"], line["messages"]) == ("failed", "ValueError", "OSError", 2)
    assert "wrote" not in lines.getvalue()
    assert "more of it" not in lines.getvalue()
