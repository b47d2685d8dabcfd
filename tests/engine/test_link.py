"""The link's text form, and the keys that its secret gives."""

import hashlib

import pytest

from mls_chat.link import Link, LinkKeys, LinkRefused, parse_fragment, same_mac
from mls_rs_python import Crypto

INVITE = "6f1c2d3e-4a5b-4c6d-8e7f-0a1b2c3d4e5f"
LINK = Link(INVITE, bytes(range(32)))
TEXT = f"join={INVITE}.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def keys(link: Link = LINK) -> LinkKeys:
    return LinkKeys(Crypto(), link)


def test_there_and_back() -> None:
    assert LINK.fragment == TEXT
    assert parse_fragment(TEXT) == parse_fragment("#" + TEXT) == LINK
    assert parse_fragment(TEXT.replace(INVITE, INVITE.upper())) == LINK


@pytest.mark.parametrize(
    "fragment",
    ["", "#", "join=", "join=.", TEXT.removeprefix("join="), TEXT[:-1], TEXT + "A", TEXT + "!", TEXT.replace(".", ""),
     TEXT.replace(INVITE, "x" * 36), TEXT[:-2] + "\ud800A", TEXT + "=" * 200, f"join={INVITE}.{'A' * 64}"],
)  # fmt: skip
def test_what_is_no_link(fragment: str) -> None:
    with pytest.raises(LinkRefused):
        parse_fragment(fragment)


def test_the_keys_are_fixed_by_the_link() -> None:
    """Both ends derive them: a change here breaks every link that is on its way."""
    derived = keys()
    assert derived.access_key.hex() == "76ebefd22bd5d115871e820847a1058dd110f9022b3e6df5569382e9cffc3475"
    assert derived.access_hash == hashlib.sha256(derived.access_key).digest()
    assert (
        derived.join_mac("user", "device", b"package").hex()
        == "4a1f3ad91d0a1fcf9ccfbd9df902a91ed22d4c54198ced454a5efeedbbfb370b"
    )
    assert (
        derived.welcome_mac("device", b"welcome").hex()
        == "7816e9c19b792e9bd67052bd0c61d3cc6d798a3e1b5b111e8325d2feba8eab7a"
    )


def test_sealed_for_one_purpose_under_one_link() -> None:
    sealed = keys().seal("name", b"Tea")
    assert keys().unseal("name", sealed) == b"Tea"
    assert keys().seal("name", b"Tea") != sealed
    with pytest.raises(LinkRefused):
        keys().unseal("profile", sealed)
    for other in (Link(INVITE, bytes(32)), Link(INVITE.replace("6", "7"), LINK.secret)):
        with pytest.raises(LinkRefused):
            keys(other).unseal("name", sealed)
    for damaged in (b"", sealed[:5], sealed[:12], sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(LinkRefused):
            keys().unseal("name", damaged)


def test_the_macs_bind_every_part() -> None:
    macs = {
        keys().join_mac("user", "device", b"package"),
        keys().join_mac("other", "device", b"package"),
        keys().join_mac("user", "other", b"package"),
        keys().join_mac("user", "device", b"other"),
        keys(Link(INVITE, bytes(32))).join_mac("user", "device", b"package"),
        keys(Link(INVITE.replace("6", "7"), LINK.secret)).join_mac("user", "device", b"package"),
        keys().welcome_mac("device", b"package"),
        keys().welcome_mac("other", b"package"),
        keys().welcome_mac("device", b"other"),
    }
    assert len(macs) == 9
    assert same_mac(b"a", b"a")
    assert not same_mac(b"a", b"")
