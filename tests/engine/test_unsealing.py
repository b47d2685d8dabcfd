"""Rows opened one by one: a damaged one takes no other with it, a failing vault is no damage."""

import sys

import pytest

from mls_chat.effects import DamagedRow, Row
from mls_chat.ports import Loaded, RowDamaged, StorageFailed, StorageTooNew
from mls_chat.unsealing import unseal_rows

pytestmark = pytest.mark.skipif(sys.platform == "emscripten", reason="needs an event loop of its own")


class Vault:
    """Opens what it is told to, and fails by name."""

    async def seal(self, table: str, key: str, value: bytes) -> bytes:
        return value

    async def unseal(self, table: str, key: str, sealed: bytes) -> bytes:
        match sealed:
            case b"damaged":
                raise RowDamaged(f"{table}/{key} was changed")
            case b"newer":
                raise StorageTooNew(f"{table}/{key} has format 2")
            case b"broken":
                raise StorageFailed("no vault")
        return sealed


def rows(*values: bytes) -> list[tuple[str, str, bytes]]:
    return [("t", f"{place}", value) for place, value in enumerate(values)]


async def test_good_rows_come_in_their_order_beside_the_damaged() -> None:
    loaded = await unseal_rows(Vault(), rows(b"one", b"damaged", b"two", b"newer"), whole=True)
    assert loaded.rows == [Row("t", "0", b"one"), Row("t", "2", b"two")]
    assert loaded.damaged == [DamagedRow("t", "1", "t/1 was changed"), DamagedRow("t", "3", "t/3 has format 2")]


async def test_nothing_but_newer_and_damaged_rows_is_a_newer_storage() -> None:
    with pytest.raises(StorageTooNew, match="t/1 has format 2"):
        await unseal_rows(Vault(), rows(b"damaged", b"newer"), whole=True)
    assert len((await unseal_rows(Vault(), rows(b"damaged", b"newer"))).damaged) == 2
    assert await unseal_rows(Vault(), [], whole=True) == Loaded([], [])


async def test_a_vault_that_fails_is_no_damage() -> None:
    with pytest.raises(StorageFailed, match="no vault"):
        await unseal_rows(Vault(), rows(b"one", b"broken"))
