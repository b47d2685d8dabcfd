"""Withdrawing a commit that others can't follow: who may, when, and what is as before."""

from typing import Any

import pytest

from contract_doors import Caller, Door, fresh_id
from contract_group import commit, flag, get, grown_group, info, invite, join, message, rejoin
from mls_chat.wire import bodies
from mls_chat.wire.records import StoredMessage


def log(caller: Caller, group_id: str) -> list[StoredMessage]:
    messages: list[StoredMessage] = caller.call("get_messages", get(group_id)).messages
    return messages


def members(caller: Caller, group_id: str) -> set[str]:
    listed = caller.call("group_members_list", bodies.GroupMembersList(group_id=group_id)).members
    return {each.device_id for each in listed}


def test_a_commit_is_withdrawn_and_a_good_one_takes_its_epoch(door: Door) -> None:
    bob, carol = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, carol)
    bad, good = commit(group_id, 1, mls_bytes=b"rubbish"), commit(group_id, 1, mls_bytes=b"good")
    owner.call("send_commit", bad)
    assert carol.refusal("send_commit", good) == (409, "stale_epoch", {"epoch": 2})
    reply = bob.call("commit_flag", flag(group_id, 2))
    assert reply == bodies.CommitFlagReply(void_seq=3, epoch=1)
    assert carol.call("send_commit", good) == bodies.SendCommitReply(server_seq=4, epoch=2)
    bad_one, void, good_one = log(carol, group_id)
    assert (void.server_seq, void.msg_kind, void.voids, void.epoch) == (3, "void", 2, 1)
    assert (void.user_id, void.device_id, void.mls_bytes) == (bob.user_id, bob.device_id, b"")
    assert (void.added, void.removed) == ([], [])
    assert [(each.mls_bytes, each.epoch, each.voids) for each in (bad_one, good_one)] == [
        (b"rubbish", 1, None),
        (b"good", 1, None),
    ]


@pytest.mark.parametrize("way", ["send_commit", "invite_complete", "group_rejoin"])
def test_a_commit_from_before_the_void_is_late_though_its_epoch_is_open_again(door: Door, way: str) -> None:
    bob, joiner = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    link = invite(group_id)
    owner.call("invite_create", link)
    request_id = joiner.call("invite_join", join(link.invite_id)).request_id
    owner.call("invite_claim", bodies.InviteClaim(request_id=request_id))
    bob.call("send_commit", commit(group_id, 1))
    owner.call("commit_flag", flag(group_id, 2))

    def attempt(base_seq: int | None) -> Any:
        if way == "group_rejoin":
            return rejoin(group_id, 1, base_seq=base_seq)
        body = commit(group_id, 1, *([joiner] if way == "invite_complete" else []), base_seq=base_seq)
        return bodies.InviteComplete(request_id=request_id, commit=body) if way == "invite_complete" else body

    for base_seq in (0, 1, 2):
        assert owner.refusal(way, attempt(base_seq)) == (409, "stale_epoch", {"epoch": 1}), base_seq
    assert owner.call(way, attempt(3)).server_seq == 4


def test_a_commit_that_does_not_say_what_it_has_read_is_judged_by_its_epoch_alone(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    bob.call("send_commit", commit(group_id, 1))
    owner.call("commit_flag", flag(group_id, 2))
    assert owner.call("send_commit", commit(group_id, 1)).server_seq == 4


def test_a_commit_that_was_taken_before_the_void_is_answered_alike_after_it(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    kept = commit(group_id, 1, base_seq=1)
    first = owner.call("send_commit", kept)
    bob.call("send_commit", commit(group_id, 2, base_seq=2))
    owner.call("commit_flag", flag(group_id, 3))
    assert owner.call("send_commit", kept) == first


def test_the_same_flag_again_by_anybody_is_answered_alike(door: Door) -> None:
    bob, carol = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, carol)
    owner.call("send_commit", commit(group_id, 1))
    first = bob.call("commit_flag", flag(group_id, 2))
    assert bob.call("commit_flag", flag(group_id, 2)) == first
    owner.call("send_commit", commit(group_id, 1))
    assert carol.call("commit_flag", flag(group_id, 2)) == first
    assert [each.server_seq for each in log(bob, group_id)] == [2, 3, 4]


def test_the_committer_may_withdraw_its_own_commit(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    body = commit(group_id, 1)
    first = owner.call("send_commit", body)
    owner.call("get_messages", get(group_id, 2))
    assert owner.call("commit_flag", flag(group_id, 2)).epoch == 1
    assert owner.call("send_commit", body) == first
    assert owner.call("get_messages", get(group_id)).epoch == 1


def test_nothing_else_can_be_withdrawn(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_message", message(group_id, 1, epoch=1))
    owner.call("send_commit", commit(group_id, 1))
    owner.call("send_commit", commit(group_id, 2))
    for seq in (0, 1, 2, 5, 99):
        assert bob.refused("commit_flag", flag(group_id, seq)) == (404, "commit_unknown"), seq
    assert bob.call("commit_flag", flag(group_id, 4)) == bodies.CommitFlagReply(void_seq=5, epoch=2)
    assert bob.refused("commit_flag", flag(group_id, 5)) == (404, "commit_unknown")


def test_two_bad_commits_on_top_of_each_other_go_one_by_one(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1))
    owner.call("send_commit", commit(group_id, 2))
    assert bob.call("commit_flag", flag(group_id, 3)) == bodies.CommitFlagReply(void_seq=4, epoch=2)
    assert bob.call("commit_flag", flag(group_id, 2)) == bodies.CommitFlagReply(void_seq=5, epoch=1)
    assert bob.call("send_commit", commit(group_id, 1)).server_seq == 6


def test_with_a_commit_goes_what_its_maker_put_on_top_of_it(door: Door) -> None:
    bob, carl = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, carl))
    owner.call("send_commit", commit(group_id, 2))
    owner.call("send_message", message(group_id, 1, epoch=3))
    assert bob.call("commit_flag", flag(group_id, 2)) == bodies.CommitFlagReply(void_seq=5, epoch=1)
    assert bob.refused("commit_flag", flag(group_id, 3)) == (404, "commit_unknown")
    assert members(bob, group_id) == {owner.device_id, bob.device_id}
    assert bob.call("send_commit", commit(group_id, 1, carl)).server_seq == 6
    assert members(bob, group_id) == {owner.device_id, bob.device_id, carl.device_id}


def test_a_commit_on_top_by_somebody_else_saves_both(door: Door) -> None:
    bob, carl = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, carl))
    owner.call("send_commit", commit(group_id, 2))
    carl.call("send_commit", commit(group_id, 3))
    for seq in (2, 3):
        assert bob.refused("commit_flag", flag(group_id, seq)) == (409, "commit_confirmed")


def test_a_commit_that_another_member_has_processed_stays(door: Door) -> None:
    bob, carol = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, carol)
    owner.call("send_commit", commit(group_id, 1))
    carol.call("get_messages", get(group_id, 2))
    for caller in (bob, owner):
        assert caller.refusal("commit_flag", flag(group_id, 2)) == (409, "commit_confirmed", {"epoch": 2})
    assert bob.call("get_messages", get(group_id)).head_seq == 2


@pytest.mark.parametrize("kind", ["message", "commit"])
def test_a_commit_after_which_another_member_has_written_stays(door: Door, kind: str) -> None:
    bob, carol = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, carol)
    owner.call("send_commit", commit(group_id, 1))
    if kind == "message":
        carol.call("send_message", message(group_id, 1, epoch=2))
        newest = 2
    else:
        carol.call("send_commit", commit(group_id, 2))
        owner.call("commit_flag", flag(group_id, 3))
        newest = 2
    assert bob.refusal("commit_flag", flag(group_id, newest)) == (409, "commit_confirmed", {"epoch": 2})


def test_what_the_committer_wrote_after_it_saves_nothing(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1))
    owner.call("send_message", message(group_id, 1, epoch=2))
    assert bob.call("commit_flag", flag(group_id, 2)) == bodies.CommitFlagReply(void_seq=4, epoch=1)
    assert [(each.msg_kind, each.epoch) for each in log(bob, group_id)] == [("commit", 1), ("chat", 2), ("void", 1)]
    late = owner.refusal("send_message", message(group_id, 2, epoch=2))
    assert late == (409, "future_epoch", {"epoch": 1})
    assert owner.call("send_message", message(group_id, 3, epoch=1)).server_seq == 5
    assert bob.call("send_message", message(group_id, 1, epoch=1)).server_seq == 6


def test_one_device_withdraws_three_commits_of_an_epoch(door: Door) -> None:
    bob, carol = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, carol)
    for seq in (2, 4, 6):
        owner.call("send_commit", commit(group_id, 1))
        bob.call("commit_flag", flag(group_id, seq))
    owner.call("send_commit", commit(group_id, 1))
    assert bob.refused("commit_flag", flag(group_id, 8)) == (409, "flag_limit")
    assert bob.call("commit_flag", flag(group_id, 6)).void_seq == 7
    assert carol.call("commit_flag", flag(group_id, 8)).void_seq == 9
    carol.call("send_commit", commit(group_id, 1))
    owner.call("send_commit", commit(group_id, 2))
    assert bob.call("commit_flag", flag(group_id, 11)) == bodies.CommitFlagReply(void_seq=12, epoch=2)


def test_strangers_ex_members_and_the_removed_do_not_withdraw(door: Door) -> None:
    bob, gone, victim = Caller(door), Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, gone, victim)
    owner.call("send_commit", commit(group_id, 1, removed=[gone.device_id]))
    owner.call("send_commit", commit(group_id, 2, removed=[victim.device_id]))
    for caller in (Caller(door), gone, victim):
        assert caller.refused("commit_flag", flag(group_id, 3)) == (403, "not_a_member")
    assert bob.refused("commit_flag", flag(fresh_id(), 3)) == (403, "not_a_member")
    assert bob.call("commit_flag", flag(group_id, 3)).epoch == 2


def test_whom_the_commit_added_is_out_and_may_not_withdraw_it(door: Door) -> None:
    bob, newcomer = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, newcomer))
    assert newcomer.refused("commit_flag", flag(group_id, 2)) == (404, "commit_unknown")
    newcomer.call("group_join", bodies.GroupJoin(group_id=group_id))
    bob.call("commit_flag", flag(group_id, 2))
    for name, body in (
        ("get_messages", get(group_id)),
        ("send_message", message(group_id, 1, epoch=1)),
        ("group_join", bodies.GroupJoin(group_id=group_id)),
        ("commit_flag", flag(group_id, 2)),
    ):
        assert newcomer.refused(name, body) == (403, "not_a_member")
    assert newcomer.call("user_groups", bodies.Empty()).groups == []
    assert members(owner, group_id) == {owner.device_id, bob.device_id}
    assert owner.call("send_commit", commit(group_id, 1, newcomer)) == bodies.SendCommitReply(server_seq=4, epoch=2)
    assert newcomer.call("group_join", bodies.GroupJoin(group_id=group_id)).joined_seq == 4


def test_whom_the_commit_removed_is_back_as_it_was(door: Door) -> None:
    bob, victim = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, victim)
    before = victim.call("user_groups", bodies.Empty()).groups[0]
    owner.call("send_commit", commit(group_id, 1, removed=[victim.device_id]))
    victim.call("get_messages", get(group_id, 2))
    bob.call("commit_flag", flag(group_id, 2))
    (after,) = victim.call("user_groups", bodies.Empty()).groups
    assert (after.joined_seq, after.acked_seq, after.role) == (before.joined_seq, before.acked_seq, before.role)
    assert (after.epoch, after.head_seq) == (1, 3)
    assert [each.msg_kind for each in log(victim, group_id)] == ["commit", "void"]
    assert victim.call("send_message", message(group_id, 1, epoch=1)).server_seq == 4


def test_an_ex_member_that_was_added_again_is_an_ex_member_again(door: Door) -> None:
    bob, back = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, back)
    owner.call("send_message", message(group_id, 1, epoch=1))
    owner.call("send_commit", commit(group_id, 1, removed=[back.device_id]))
    owner.call("send_commit", commit(group_id, 2, back))
    bob.call("commit_flag", flag(group_id, 4))
    assert [each.server_seq for each in log(back, group_id)] == [2, 3]
    assert back.refused("send_message", message(group_id, 1, epoch=2)) == (403, "not_a_member")


def test_a_leaf_that_was_replaced_is_the_former_one(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_message", message(group_id, 1, epoch=1))
    bob.call("send_commit", commit(group_id, 1, owner, removed=[owner.device_id]))
    assert owner.call("user_groups", bodies.Empty()).groups[0].joined_seq == 3
    bob.call("commit_flag", flag(group_id, 3))
    (row,) = owner.call("user_groups", bodies.Empty()).groups
    assert (row.role, row.joined_seq, row.acked_seq, row.epoch) == ("owner", 0, 0, 1)
    assert [each.server_seq for each in log(owner, group_id)] == [1, 2, 3, 4]


def test_a_joiner_asks_again_by_the_same_link_with_a_new_key_package(door: Door) -> None:
    bob, joiner = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    link = invite(group_id)
    owner.call("invite_create", link)
    first = joiner.call("invite_join", join(link.invite_id)).request_id
    owner.call("invite_claim", bodies.InviteClaim(request_id=first))
    complete = bodies.InviteComplete(request_id=first, commit=commit(group_id, 1, joiner))
    owner.call("invite_complete", complete)
    assert joiner.call("invite_poll", bodies.InvitePoll(request_id=first)).state == "complete"
    bob.call("commit_flag", flag(group_id, 2))
    assert joiner.refused("invite_poll", bodies.InvitePoll(request_id=first)) == (404, "request_unknown")
    assert owner.refused("invite_complete", complete) == (404, "request_unknown")
    assert owner.call("invite_info", bodies.InviteInfo(invite_id=link.invite_id)).status == "active"
    again = joiner.call("invite_join", join(link.invite_id, key_package=b"another"))
    assert (again.state, again.request_id != first) == ("kp_submitted", True)
    bob.call("invite_claim", bodies.InviteClaim(request_id=again.request_id))
    good = bodies.InviteComplete(request_id=again.request_id, commit=commit(group_id, 1, joiner))
    assert bob.call("invite_complete", good) == bodies.InviteCompleteReply(server_seq=4, epoch=2)
    polled = joiner.call("invite_poll", bodies.InvitePoll(request_id=again.request_id))
    assert (polled.state, polled.joined_seq, polled.admitted_by) == ("complete", 4, bob.user_id)


def test_a_newcomer_that_has_written_keeps_its_place(door: Door) -> None:
    bob, newcomer = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, newcomer))
    newcomer.call("send_message", message(group_id, 1, epoch=2))
    assert bob.refusal("commit_flag", flag(group_id, 2)) == (409, "commit_confirmed", {"epoch": 2})


def test_the_group_info_of_the_commit_goes_and_an_older_one_counts_again(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("group_info_put", bodies.GroupInfoPut(group_id=group_id, epoch=1, group_info=b"one"))
    owner.call("send_commit", commit(group_id, 1))
    assert bob.call("group_info_get", info(group_id)).group_info is None
    bob.call("commit_flag", flag(group_id, 2))
    assert bob.call("group_info_get", info(group_id)).group_info == b"one"
    owner.call("send_commit", commit(group_id, 1, group_info=b"two"))
    assert bob.call("group_info_get", info(group_id)).group_info == b"two"
    bob.call("commit_flag", flag(group_id, 4))
    assert bob.call("group_info_get", info(group_id)).group_info == b"one"
    owner.call("send_commit", commit(group_id, 1))
    assert bob.call("group_info_get", info(group_id)).group_info is None


def test_a_rejoin_that_others_can_not_follow_is_withdrawn(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("group_rejoin", rejoin(group_id, 1))
    assert bob.call("commit_flag", flag(group_id, 2)) == bodies.CommitFlagReply(void_seq=3, epoch=1)
    assert owner.call("send_message", message(group_id, 1, epoch=1)).server_seq == 4
    (row,) = owner.call("user_groups", bodies.Empty()).groups
    assert (row.role, row.joined_seq) == ("owner", 0)
