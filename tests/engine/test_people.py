"""Whose word counts for a name."""

from mls_chat.context import Context
from mls_chat.journal import Journal
from mls_chat.people import People

USER = "kX3b9QfWl0aa"


def people() -> People:
    return People(Context(Journal([]), "http://chat.test"))


def test_a_short_id_until_a_name_is_known() -> None:
    assert people().name_of(USER) == "kX3b9QfW"


def test_a_persons_own_word_wins_over_hearsay_in_any_order() -> None:
    known = people()
    assert known.learn(USER, "hearsay", confirmed=False)
    assert known.learn(USER, "Ada", confirmed=True)
    assert not known.learn(USER, "Eve", confirmed=False)
    assert known.name_of(USER) == "Ada"
    assert known.learn(USER, "Ada L.", confirmed=True)
    assert known.name_of(USER) == "Ada L."


def test_only_what_changes_the_screen_counts_as_change() -> None:
    known = people()
    assert known.learn(USER, "Ada", confirmed=False)
    assert not known.learn(USER, "Ada", confirmed=False)
    assert not known.learn(USER, " Ada\u202e ", confirmed=True)
    assert not known.learn(USER, "\u0000", confirmed=True)
    assert known.name_of(USER) == "Ada"


def test_what_is_passed_on() -> None:
    known = people()
    known.learn("a", "Ada", confirmed=True)
    known.learn("b", "Bob", confirmed=False)
    assert known.known(["a", "b", "c"]) == {"a": "Ada", "b": "Bob"}
