"""The hub alone: what each socket is told, when, and from which page."""

import pytest

from delivery.effects import Close, Device, Page, Tell, Window
from delivery.errors import CloseCode, RefusedError
from delivery.hub import Hub
from delivery_hub import ALICE, BOB, CAROL, MEMBER, batch, hub_with, reads, stored, told
from mls_chat.wire.frames import DevicesBell, GroupInfoBell, InviteBell, Removed, Signal, WelcomeBell


def test_a_stored_batch_goes_to_all_that_stand_before_it_in_one_frame() -> None:
    hub = hub_with(ALICE, BOB)
    effects = batch(hub, "g", 1, 2)
    assert told(effects) == [((1, 2), "g", [1, 2])]
    assert len(effects) == 1


def test_groups_with_equal_numbers_do_not_touch_each_other() -> None:
    groups = [f"g{number}" for number in range(30)]
    hub = hub_with(ALICE, groups=groups)
    for seq in (1, 2, 3):
        for group in groups:
            assert told(batch(hub, group, seq)) == [((1,), group, [seq])]


def test_a_gap_is_read_from_the_log_before_anything_newer_is_told() -> None:
    hub = hub_with(ALICE)
    effects = batch(hub, "g", 3)
    assert told(effects) == []
    [read] = reads(effects)
    assert (read.group_id, read.since, read.readers) == ("g", 0, frozenset([ALICE]))
    assert told(hub.page(read, Page(3, {ALICE.device_id: MEMBER}, stored(1, 2, 3)))) == [((1,), "g", [1, 2, 3])]
    assert told(batch(hub, "g", 4)) == [((1,), "g", [4])]


def test_what_is_stored_while_a_page_is_read_follows_the_page() -> None:
    hub = hub_with(ALICE, BOB, head=2)
    [read] = reads(hub.subscribe(1, "g", 0, 2))
    assert told(batch(hub, "g", 3)) == [((2,), "g", [3])]
    effects = hub.page(read, Page(2, {ALICE.device_id: MEMBER}, stored(1, 2)))
    assert told(effects) == [((1,), "g", [1, 2, 3])]
    assert reads(effects) == []


def test_what_was_stored_while_a_page_was_read_is_not_told_twice() -> None:
    hub = hub_with(ALICE, head=2)
    [read] = reads(hub.subscribe(1, "g", 0, 2))
    batch(hub, "g", 3)
    assert told(hub.page(read, Page(3, {ALICE.device_id: MEMBER}, stored(1, 2, 3)))) == [((1,), "g", [1, 2, 3])]


def test_pages_follow_until_the_head_is_reached() -> None:
    hub = hub_with(ALICE)
    effects = hub.rang("g", 5)
    seen = []
    for page in ([1, 2], [3, 4], [5]):
        [read] = reads(effects)
        assert read.since == page[0] - 1
        effects = hub.page(read, Page(5, {ALICE.device_id: MEMBER}, stored(*page)))
        seen += told(effects)
    assert [numbers for _, _, numbers in seen] == [[1, 2], [3, 4], [5]]
    assert reads(effects) == []


def test_a_bell_for_what_is_known_is_silent() -> None:
    hub = hub_with(ALICE)
    batch(hub, "g", 1)
    assert hub.rang("g", 1) == []
    assert hub.rang("unknown", 9) == []


def test_the_bell_of_a_batch_that_is_still_running_does_not_read() -> None:
    hub = hub_with(ALICE)
    hub.batch_begins(["g"])
    assert hub.rang("g", 1) == []
    effects = hub.batch_ends({"g": stored(1)})
    assert (told(effects), reads(effects)) == ([((1,), "g", [1])], [])


def test_a_subscription_during_a_batch_of_its_group_reads_after_it() -> None:
    hub = Hub(1000)
    hub.connect(1, ALICE)
    hub.batch_begins(["g"])
    assert hub.subscribe(1, "g", 0, 3) == []
    assert [read.since for read in reads(hub.batch_ends({}))] == [0]


def test_after_a_failed_batch_its_bell_is_heeded() -> None:
    hub = hub_with(ALICE)
    hub.batch_begins(["g"])
    hub.rang("g", 1)
    assert [read.since for read in reads(hub.batch_ends({}))] == [0]


def test_a_batch_with_a_foreign_message_between_is_told_in_order() -> None:
    hub = hub_with(ALICE)
    effects = batch(hub, "g", 1, 3)
    assert told(effects) == [((1,), "g", [1])]
    assert [read.since for read in reads(effects)] == [1]


def test_readers_at_the_same_cursor_share_a_page_and_its_frame() -> None:
    hub = hub_with(ALICE, BOB, CAROL)
    hub.subscribe(3, "g", 0, 0)
    [read] = reads(hub.rang("g", 1))
    assert read.readers == {ALICE, BOB, CAROL}
    windows = {device.device_id: MEMBER for device in (ALICE, BOB, CAROL)}
    assert told(hub.page(read, Page(1, windows, stored(1)))) == [((1, 2, 3), "g", [1])]


def test_subscribing_again_with_a_lower_cursor_rewinds() -> None:
    hub = hub_with(ALICE, head=5)
    [read] = reads(hub.subscribe(1, "g", 3, 5))
    assert read.since == 3
    [second] = reads(hub.subscribe(1, "g", 1, 5))
    assert told(hub.page(read, Page(5, {ALICE.device_id: MEMBER}, stored(4, 5)))) == []
    assert told(hub.page(second, Page(5, {ALICE.device_id: MEMBER}, stored(2, 3, 4, 5)))) == [((1,), "g", [2, 3, 4, 5])]


def test_subscribing_again_with_the_same_cursor_changes_nothing() -> None:
    hub = hub_with(ALICE)
    [_] = reads(hub.rang("g", 1))
    assert hub.subscribe(1, "g", 0, 1) == []


def test_what_rings_between_a_check_and_its_subscription_is_not_missed() -> None:
    hub = Hub(1000)
    hub.connect(1, ALICE)
    hub.checking()
    hub.rang("g", 4)
    effects = hub.subscribe(1, "g", 3, 3)
    hub.checked()
    assert [read.since for read in reads(effects)] == [3]


def test_a_removed_device_is_served_its_removal_and_nothing_more() -> None:
    hub = hub_with(ALICE, BOB, head=4)
    effects = batch(hub, "g", 6)  # 5 was the commit; its bells are late
    assert told(effects) == []
    [read] = reads(effects)
    windows = {ALICE.device_id: MEMBER, BOB.device_id: Window(0, 5)}
    effects = hub.page(read, Page(6, windows, stored(5, 6)))
    assert sorted(told(effects)) == [((1,), "g", [5, 6]), ((2,), "g", [5])]
    assert Tell((2,), Removed("g")) in effects
    assert told(batch(hub, "g", 7)) == [((1,), "g", [7])]
    assert hub.members_left("g", [BOB.device_id]) == []


def test_a_removal_bell_alone_makes_the_membership_be_read() -> None:
    hub = hub_with(ALICE, BOB, head=5)
    [read] = reads(hub.members_left("g", [BOB.device_id]))
    assert (read.since, read.readers) == (5, frozenset([BOB]))
    assert hub.page(read, Page(5, {BOB.device_id: Window(0, 5)}, [])) == [Tell((2,), Removed("g"))]


def test_a_removal_bell_during_a_read_makes_another_one() -> None:
    hub = hub_with(ALICE, head=1)
    [read] = reads(hub.rang("g", 2))
    assert hub.members_left("g", [ALICE.device_id]) == []
    [second] = reads(hub.page(read, Page(2, {ALICE.device_id: MEMBER}, stored(2))))
    assert hub.page(second, Page(2, {ALICE.device_id: Window(0, 2)}, [])) == [Tell((1,), Removed("g"))]


def test_nothing_is_told_while_the_membership_is_in_question() -> None:
    hub = hub_with(ALICE, BOB, head=5)
    [read] = reads(hub.members_left("g", [BOB.device_id]))
    assert told(batch(hub, "g", 6)) == [((1,), "g", [6])]
    assert hub.page(read, Page(6, {BOB.device_id: Window(0, 5)}, stored(6))) == [Tell((2,), Removed("g"))]


def test_a_device_that_was_removed_and_added_again_starts_anew() -> None:
    hub = hub_with(ALICE, head=3)
    [read] = reads(hub.rang("g", 8))
    assert hub.page(read, Page(8, {ALICE.device_id: Window(7, None)}, stored(8))) == [Tell((1,), Removed("g"))]
    assert not hub.is_subscribed(1, "g")


def test_a_device_whose_admission_was_withdrawn_hears_nothing_of_the_void() -> None:
    hub = hub_with(ALICE, BOB, head=5)
    [read] = reads(hub.rang("g", 6))
    effects = hub.page(read, Page(6, {ALICE.device_id: MEMBER}, stored(6)))
    assert effects == [Tell((2,), Removed("g")), *effects[1:]]
    assert told(effects) == [((1,), "g", [6])]
    assert told(batch(hub, "g", 7)) == [((1,), "g", [7])]


def test_a_device_whose_admission_was_withdrawn_is_the_ex_member_that_it_was() -> None:
    hub = hub_with(ALICE, head=7)
    [read] = reads(hub.members_left("g", [ALICE.device_id]))
    assert hub.page(read, Page(8, {ALICE.device_id: Window(0, 3)}, [])) == [Tell((1,), Removed("g"))]


def test_a_device_whose_removal_was_withdrawn_before_it_was_told_reads_on() -> None:
    hub = hub_with(ALICE, head=4)
    [read] = reads(hub.members_left("g", [ALICE.device_id]))  # 5 removed it, 6 is the void
    assert told(hub.page(read, Page(6, {ALICE.device_id: MEMBER}, stored(5, 6)))) == [((1,), "g", [5, 6])]
    assert hub.is_subscribed(1, "g")


def test_a_former_member_catches_up_to_its_removal_page_by_page() -> None:
    hub = Hub(1000)
    hub.connect(1, ALICE)
    window = {ALICE.device_id: Window(0, 3)}
    [read] = reads(hub.subscribe(1, "g", 0, 9))
    effects = hub.page(read, Page(9, window, stored(1, 2)))
    [read] = reads(effects)
    effects = hub.page(read, Page(9, window, stored(3)))
    assert told(effects) == [((1,), "g", [3])]
    assert effects[-1] == Tell((1,), Removed("g"))


def test_a_log_whose_beginning_is_gone_is_served_from_what_is_left() -> None:
    hub = hub_with(ALICE)
    [read] = reads(hub.rang("g", 5))
    [read] = reads(hub.page(read, Page(5, {ALICE.device_id: MEMBER}, stored(4))))
    assert hub.page(read, Page(5, {ALICE.device_id: MEMBER}, [])) == []
    assert told(batch(hub, "g", 6)) == [((1,), "g", [6])]


def test_a_congested_socket_gets_its_messages_after_it_has_drained() -> None:
    hub = hub_with(ALICE, BOB)
    hub.congested(1)
    effects = batch(hub, "g", 1)
    assert (told(effects), reads(effects)) == ([((2,), "g", [1])], [])
    assert told(batch(hub, "g", 2)) == [((2,), "g", [2])]
    [read] = reads(hub.drained(1))
    assert told(hub.page(read, Page(2, {ALICE.device_id: MEMBER}, stored(1, 2)))) == [((1,), "g", [1, 2])]


def test_frames_are_cut_by_size_but_hold_at_least_one_message() -> None:
    hub = hub_with(ALICE, most_bytes=10)
    assert [numbers for _, _, numbers in told(batch(hub, "g", 1, 2, 3, size=5))] == [[1, 2], [3]]
    assert [numbers for _, _, numbers in told(batch(hub, "g", 4, 5, size=20))] == [[4], [5]]


def test_a_signal_reaches_the_others_of_the_group_alone() -> None:
    hub = hub_with(ALICE, BOB, CAROL)
    hub.connect(4, CAROL)
    hub.congested(3)
    assert hub.signal(1, "g", b"typing") == [Tell((2,), Signal("g", ALICE.device_id, b"typing"))]
    with pytest.raises(RefusedError, match="not_subscribed"):
        hub.signal(4, "g", b"typing")


def test_a_welcome_goes_to_every_socket_of_its_device_subscribed_or_not() -> None:
    hub = hub_with(ALICE, BOB)
    hub.connect(3, BOB)
    [tell] = hub.welcome(BOB.device_id, "r", "g2")
    assert isinstance(tell, Tell)
    assert (sorted(tell.sockets), tell.frame) == ([2, 3], WelcomeBell("r", "g2"))
    assert hub.welcome(CAROL.device_id, "r", "g2") == []


def test_an_invite_goes_to_the_groups_sockets() -> None:
    hub = hub_with(ALICE, BOB)
    hub.connect(3, CAROL)
    assert hub.invite("g") == [Tell((1, 2), InviteBell("g"))]
    assert hub.invite("g2") == []


def test_a_group_info_is_asked_of_the_groups_sockets() -> None:
    hub = hub_with(ALICE, BOB)
    hub.connect(3, CAROL)
    assert hub.group_info("g") == [Tell((1, 2), GroupInfoBell("g"))]
    assert hub.group_info("g2") == []


def test_changed_devices_are_told_to_the_account_and_to_its_groups() -> None:
    hub = hub_with(ALICE, BOB)
    hub.connect(3, CAROL)
    hub.connect(4, Device(CAROL.user_id, "another"))
    hub.connect(5, Device("user-d", "device-d"))
    bell = DevicesBell(CAROL.user_id)
    assert hub.devices_changed(CAROL.user_id, []) == [Tell((3, 4), bell)]
    assert hub.devices_changed(CAROL.user_id, ["g", "unknown"]) == [Tell((1, 2, 3, 4), bell)]
    assert hub.devices_changed(ALICE.user_id, ["g", "g"]) == [Tell((1, 2), DevicesBell(ALICE.user_id))]
    assert hub.devices_changed("user-x", ["unknown"]) == []


def test_a_revoked_device_hears_nothing_from_that_moment_on() -> None:
    hub = hub_with(ALICE, BOB)
    assert hub.revoked([BOB.device_id]) == [Close((2,), CloseCode.REVOKED, "device_revoked")]
    assert told(batch(hub, "g", 1)) == [((1,), "g", [1])]
    assert hub.devices() == [ALICE.device_id]


def test_a_socket_that_is_gone_leaves_nothing_behind() -> None:
    hub = hub_with(ALICE, groups=["g", "h"])
    [read] = reads(hub.rang("g", 1))
    hub.disconnect(1)
    hub.disconnect(1)
    assert (hub.groups(), hub.devices()) == ([], [])
    assert hub.page(read, Page(1, {ALICE.device_id: MEMBER}, stored(1))) == []
    assert hub.drained(1) == []
