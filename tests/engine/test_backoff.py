"""Pauses grow to their cap, and begin small again after a long time of peace."""

from mls_chat.backoff import BackOff


def test_pauses_double_up_to_the_cap() -> None:
    back_off, now, delays = BackOff(100, 1_000), 1_000_000, []
    for _ in range(6):
        delays.append(back_off.delay(now))
        now += delays[-1]
    assert delays == [100, 200, 400, 800, 1_000, 1_000]


def test_after_peace_they_begin_small_again() -> None:
    back_off = BackOff(100, 1_000)
    assert [back_off.delay(1_000_000) for _ in range(4)] == [100, 200, 400, 800]
    assert back_off.delay(1_002_000) == 1_000
    assert back_off.delay(1_004_001) == 100
