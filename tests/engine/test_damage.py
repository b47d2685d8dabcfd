"""Damaged rows: whether the account is there at all, which groups are lost, what the person is told."""

import pytest

from mls_chat.damage import check_account, damage_told, lost_mls_groups
from mls_chat.effects import DamagedRow, Row
from mls_chat.ports import AccountGone, Loaded
from mls_chat.records import MLS_TABLE, RECORDS

ACCOUNT, GROUP = Row("account", "account", b""), Row("groups", "g", b"")
BAD_ACCOUNT, BAD_GROUP = DamagedRow("account", "account", "row account is cut off"), DamagedRow("groups", "g", "bad")


@pytest.mark.parametrize(
    "whole", [Loaded([], []), Loaded([ACCOUNT], []), Loaded([ACCOUNT, GROUP], []), Loaded([ACCOUNT], [BAD_GROUP])]
)
def test_an_empty_storage_and_one_with_its_account_are_fine(whole: Loaded) -> None:
    check_account(whole)


@pytest.mark.parametrize(
    ("loaded", "sentence"),
    [
        (Loaded([GROUP], []), "row of your account is missing"),
        (Loaded([], [BAD_GROUP]), "row of your account is missing"),
        (Loaded([GROUP], [BAD_ACCOUNT]), "row account is cut off"),
        (Loaded([], [BAD_ACCOUNT]), "row account is cut off"),
        (Loaded([], [BAD_ACCOUNT, BAD_GROUP]), "its key is another one"),
    ],
)
def test_a_storage_without_its_account_is_no_new_one(loaded: Loaded, sentence: str) -> None:
    with pytest.raises(AccountGone, match=sentence):
        check_account(loaded)


def test_a_group_is_lost_with_its_state_or_an_epoch_of_it() -> None:
    keys = ["group/0a0b", f"epoch/0c0d{7:016x}", "key_package/0e", "group/xyz", "group/0"]
    damaged = [DamagedRow("mls", key, "cut off") for key in keys] + [DamagedRow("lines", "group/0f", "cut off")]
    assert lost_mls_groups(damaged) == {b"\x0a\x0b", b"\x0c\x0d"}


def test_every_table_has_its_words() -> None:
    """The account has a screen of its own, a line a sentence in its place."""
    for table in {*RECORDS, MLS_TABLE} - {"account", "lines"}:
        assert "a row of" not in damage_told([DamagedRow(table, "k", "")]), table


def test_each_damage_is_told_in_one_notice() -> None:
    damaged = [DamagedRow("outbox", key, "") for key in "ab"] + [BAD_GROUP, DamagedRow("later", "x", "")]
    told = damage_told(damaged)
    assert "a message on its way, which was not sent (2 rows)" in told
    assert "a group, which is fetched again;" in told
    assert "a row of later." in told
    assert damage_told([]) == ""
