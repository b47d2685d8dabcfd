"""The panel "Connection & health": true numbers while it is open, and a report that gives nothing away."""

import base64
import re

import pytest

from forging import forge, rotate
from mls_chat import events, view
from mls_chat.effects import Show
from mls_chat.records import MLS_TABLE
from mls_chat.wire import frames
from mls_chat.wire.bodies import Commit
from world import Device, World, meet, meet_three

GROUP = re.compile(
    r"group [0-9a-f]{8}: (creating|active|removed|failed), entry \d+ of \d+, epoch \d+, members \d+, unsent \d+, "
    r"authenticator ([0-9a-f]{4}( [0-9a-f]{4}){3}|none)"
)
HEAD = [
    re.compile("mls-chat: connection and health"),
    re.compile("connection: (connected|connecting|offline)"),
    re.compile(r"last save: (none|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00)"),
    re.compile(r"rows stored, lines of chats left out: \d+"),
    re.compile(r"groups: \d+"),
]
DETAIL = [
    re.compile(r"  not shown: \d+ [a-z ]+(, \d+ [a-z ]+)*"),
    re.compile("  alert: (notice|warning|danger)(, offers rejoin)?"),
]


def opened(device: Device) -> view.HealthView:
    device.do(events.HealthOpened())
    return device.last(view.HealthView)


def new_keys(device: Device, group_id: str, number: int = 0) -> None:
    device.ask("send_commit", rotate(device, group_id, number))
    device.world.run()


def only_group(device: Device) -> view.GroupHealth:
    (group,) = device.last(view.HealthView).groups
    return group


def test_the_numbers_of_a_quiet_group() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    ada.say(group_id, "hello")
    opened(ada)
    group, head = only_group(ada), world.server.groups[group_id].head
    assert (group.group_id, group.name, group.state) == (group_id, "Tea", "active")
    assert (group.server_seq, group.head_seq, group.epoch) == (head, head, world.server.groups[group_id].epoch)
    assert (group.members, group.waiting, group.verdicts, group.alert) == (3, 0, [], None)
    for other in (bob, cleo):
        assert opened(other).groups[0].authenticator == group.authenticator
    assert group.authenticator.replace(" ", "") == ada.authenticator(group_id)[:8].hex()


def test_the_authenticator_changes_with_the_epoch() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    before = opened(ada).groups[0]
    new_keys(ada, group_id)
    after = only_group(ada)
    assert (after.epoch, after.authenticator != before.authenticator) == (before.epoch + 1, True)


def test_what_waits_is_counted_until_the_server_has_it() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    opened(ada)
    ada.online = False
    ada.drop()
    ada.say(group_id, "one")
    ada.say(group_id, "two")
    assert only_group(ada).waiting == 2
    ada.online = True
    world.advance(60_000)
    assert only_group(ada).waiting == 0


def test_the_head_is_known_while_the_entries_are_still_on_their_way() -> None:
    world = World()
    _ada, bob, group_id = meet(world)
    before = opened(bob).groups[0].server_seq
    bob.do(events.FrameReceived(frames.encode(frames.Subscribed(groups={group_id: before + 7}))))
    assert (only_group(bob).server_seq, only_group(bob).head_seq) == (before, before + 7)


def test_verdicts_are_counted_by_name_and_survive_a_restart() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    opened(bob)
    for data in (b"garbage", b"more garbage"):
        forge(ada, group_id, data)
    expected = [view.VerdictCount(verdict="corrupt", count=2)]
    assert only_group(bob).verdicts == expected
    bob.start()
    assert opened(bob).groups[0].verdicts == expected


def test_the_last_save_is_the_time_of_the_last_step_that_wrote() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.advance(5_000)  # whatever follows the sign-up is stored
    bob.start()
    assert opened(bob).last_save == 0
    world.advance(5_000)
    ada.say(group_id, "hello")
    saved = world.now
    assert bob.last(view.HealthView).last_save == saved
    world.advance(5_000)
    bob.do(events.HealthClosed())
    assert opened(bob).last_save == saved


def test_every_row_but_the_lines_is_counted() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "hello")

    def stored() -> int:
        return sum(table != "lines" for table, _ in bob.rows)

    assert opened(bob).rows == stored()
    for epoch in range(7):
        new_keys(ada, group_id, epoch)
    assert bob.last(view.HealthView).rows == stored()
    bob.start()
    assert opened(bob).rows == stored()


def test_it_is_shown_while_open_once_a_step_and_only_when_something_changed() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "not yet")
    assert not any(isinstance(shown, view.HealthView) for shown in bob.shown)
    opened(bob)
    before = len(bob.steps)
    ada.say(group_id, "now")
    bob.do(events.Woken())
    shown = [[e.view for e in step.effects if isinstance(e, Show)] for step in bob.steps[before:]]
    counts = [sum(isinstance(each, view.HealthView) for each in views) for views in shown]
    assert max(counts) == 1 and 0 in counts
    bob.do(events.HealthClosed())
    bob.shown.clear()
    ada.say(group_id, "no more")
    assert not any(isinstance(shown, view.HealthView) for shown in bob.shown)


def test_each_tab_opens_and_closes_it_for_itself() -> None:
    world = World()
    ada, bob, group_id = meet(world)

    def told() -> set[str | None]:
        before = len(bob.steps)
        ada.say(group_id, "hello")
        effects = [effect for step in bob.steps[before:] for effect in step.effects]
        return {each.tab for each in effects if isinstance(each, Show) and isinstance(each.view, view.HealthView)}

    for tab in ("one", "two", "three"):
        bob.do(events.FromTab(tab, events.HealthOpened()))
    assert told() == {"one", "two", "three"}
    bob.do(events.FromTab("two", events.HealthClosed()), events.TabGone("three"))
    assert told() == {"one"}


def test_opening_it_writes_nothing() -> None:
    world = World()
    ada, _bob, _group_id = meet(world)
    before = len(ada.steps)
    opened(ada)
    assert [step.writes for step in ada.steps[before:]] == [[]]


def test_the_status_follows_the_connection() -> None:
    world = World()
    ada, _bob, _group_id = meet(world)
    assert opened(ada).status == "connected"
    ada.online = False
    ada.drop()
    assert ada.last(view.HealthView).status == "connecting"
    ada.do(events.NetworkChanged(online=False))
    assert ada.last(view.HealthView).status == "offline"


def test_a_newcomer_without_chats_has_a_report_too() -> None:
    shown = opened(World().device("Ada"))
    assert shown.groups == []
    _check_shape(shown.report)


def test_a_group_whose_state_is_lost_does_not_hide_the_others() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    lost = ada.create_group("Lost")
    with ada.mls(lost) as group:
        mls_group_id = group.group_id
    ada.engine._context.backend.forget_group(mls_group_id)
    opened(ada)
    found = {group.group_id: group for group in ada.last(view.HealthView).groups}
    assert (found[lost].epoch, found[lost].members, found[lost].authenticator) == (0, 0, "")
    assert found[group_id].members == 2


def test_a_groups_alert_is_shown_and_the_report_has_its_level_alone() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for key in bob.stored_mls():
        del bob.rows[MLS_TABLE, key]
    bob.online = False
    bob.start()
    shown = opened(bob)
    alert = only_group(bob).alert
    assert alert is not None and alert == bob.last(view.ChatsView).chats[0].alert
    assert f"\n  alert: {alert.level}" in shown.report
    assert alert.text not in shown.report
    _check_shape(shown.report)
    bob.online = True
    world.advance(60_000)
    assert (only_group(bob).alert, "alert" in bob.last(view.HealthView).report) == (None, False)
    assert only_group(bob).authenticator == opened(ada).groups[0].authenticator
    ada.say(group_id, "on we go")
    assert only_group(bob).server_seq == world.server.groups[group_id].head


@pytest.mark.parametrize("removed", [False, True])
def test_the_report_has_the_numbers_and_nothing_that_is_secret(removed: bool) -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    secrets = [ada.invite(group_id).rpartition(".")[2]]
    texts = ["Zanzibar at noon", "Zeppelin at dusk"]
    ada.say(group_id, texts[0])
    for data in (b"garbage", b"more garbage"):
        forge(ada, group_id, data)
    bob.online = False
    bob.drop()
    bob.say(group_id, texts[1])
    if removed:
        remove(ada, group_id, bob)
        bob.online = True
        world.advance(60_000)
    report = opened(bob).report
    _check_shape(report)
    assert f"group {group_id[:8]}: {'removed' if removed else 'active'}, " in report
    assert "  not shown: 2 corrupt" in report
    for person in (ada, bob, cleo):
        assert not _leaks(report, person)
    for word in [*secrets, *texts, "Tea", "Ada", "Bob", "Cleo", *(p.account["user_id"][:8] for p in (ada, bob, cleo))]:
        assert word not in report


def remove(device: Device, group_id: str, other: Device) -> None:
    with device.mls(group_id) as group:
        leaf = next(m.leaf_index for m in group.members() if m.identity.decode().endswith(other.device_id))
        output, epoch = group.commit(now=device.world.now // 1000, remove=[leaf]), group.epoch
    body = Commit(
        group_id=group_id,
        message_id="00000000-0000-4000-9000-000000000001",
        epoch=epoch,
        mls_bytes=output.commit,
        removed=[other.device_id],
    )
    device.ask("send_commit", body)
    device.world.run()


def _check_shape(report: str) -> None:
    """Every line is one of the forms above, which have no place for anything else."""
    lines = report.split("\n")
    for form, line in zip(HEAD, lines, strict=False):
        assert form.fullmatch(line), line
    for line in lines[len(HEAD) :]:
        assert any(form.fullmatch(line) for form in [GROUP, *DETAIL]), line


def _leaks(report: str, device: Device) -> list[str]:
    """Rows of which some bytes are in the report, in hex or base64; the authenticator is in a group's state as well."""
    shown = re.sub(r"authenticator ([0-9a-f]{4} ?)+|group [0-9a-f]{8}", "", report).replace(" ", "").encode()
    windows = {shown[at : at + 12] for at in range(len(shown) - 11)}
    found = []
    for (table, key), value in device.rows.items():
        texts = [value, value.hex().encode(), *(base64.urlsafe_b64encode(value[at:]) for at in range(3))]
        if any(text[at : at + 12] in windows for text in texts for at in range(len(text) - 11)):
            found.append(f"{table}/{key}")
    return found


def test_the_scan_finds_what_is_there() -> None:
    world = World()
    ada, _bob, _group_id = meet(world)
    secret = ada.account["device_secret_key"]
    for told in (secret.hex(), base64.urlsafe_b64encode(secret).decode()):
        assert "account/account" in _leaks(f"groups: 1\n{told}", ada)
