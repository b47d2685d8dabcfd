"""A link's life: made, joined by, claimed, completed or refused, used up, expired."""

from typing import Any

from contract_doors import Caller, Door, fresh_id
from contract_group import commit, get, invite, join, new_group
from mls_chat.wire import bodies

WEEK = 7 * 24 * 3600


def asked(door: Door, **changes: Any) -> tuple[Caller, Caller, str, str, str]:
    """Owner, joiner, group, invite and request."""
    owner, group_id = new_group(door)
    joiner, link = Caller(door), invite(group_id, **changes)
    owner.call("invite_create", link)
    reply = joiner.call("invite_join", join(link.invite_id))
    assert reply.state == "kp_submitted"
    return owner, joiner, group_id, link.invite_id, reply.request_id


def claim(request_id: str) -> bodies.InviteClaim:
    return bodies.InviteClaim(request_id=request_id)


def complete(request_id: str, body: bodies.Commit) -> bodies.InviteComplete:
    return bodies.InviteComplete(request_id=request_id, commit=body)


def refusal(request_id: str, reason: str = "no") -> bodies.InviteComplete:
    return bodies.InviteComplete(request_id=request_id, refusal=reason)


def poll(request_id: str) -> bodies.InvitePoll:
    return bodies.InvitePoll(request_id=request_id)


def info(invite_id: str) -> bodies.InviteInfo:
    return bodies.InviteInfo(invite_id=invite_id)


def pending(caller: Caller) -> list[str]:
    return [each.request_id for each in caller.call("invite_pending", bodies.Empty()).requests]


def test_from_link_to_member(door: Door) -> None:
    owner, joiner, group_id, invite_id, request_id = asked(door)
    (request,) = owner.call("invite_pending", bodies.Empty()).requests
    assert (request.request_id, request.invite_id, request.group_id) == (request_id, invite_id, group_id)
    assert (request.user_id, request.device_id) == (joiner.user_id, joiner.device_id)
    assert (request.key_package, request.mac, request.sealed_profile) == (b"key package", b"mac", b"profile")
    assert joiner.call("invite_poll", poll(request_id)).state == "kp_submitted"
    owner.call("invite_claim", claim(request_id))
    reply = owner.call("invite_complete", complete(request_id, commit(group_id, 0, joiner)))
    assert reply == bodies.InviteCompleteReply(server_seq=1, epoch=1)
    polled = joiner.call("invite_poll", poll(request_id))
    assert (polled.state, polled.group_id, polled.joined_seq) == ("complete", group_id, 1)
    assert (polled.welcome, polled.mac, polled.admitted_by) == (b"welcome", b"mac", owner.user_id)
    assert joiner.call("group_join", bodies.GroupJoin(group_id=group_id)).joined_seq == 1
    assert pending(owner) == pending(joiner) == []


def test_a_welcome_can_be_fetched_until_it_is_confirmed(door: Door) -> None:
    owner, joiner, group_id, _, request_id = asked(door)
    owner.call("invite_claim", claim(request_id))
    owner.call("invite_complete", complete(request_id, commit(group_id, 0, joiner)))
    for _ in range(3):
        assert joiner.call("invite_poll", poll(request_id)).welcome == b"welcome"
    for _ in range(2):
        reply = joiner.call("group_join", bodies.GroupJoin(group_id=group_id))
        assert reply == bodies.GroupJoinReply(group_id=group_id, joined_seq=1, epoch=1)
    polled = joiner.call("invite_poll", poll(request_id))
    assert (polled.state, polled.welcome, polled.mac) == ("complete", None, None)


def test_making_a_link_again(door: Door) -> None:
    owner, group_id = new_group(door)
    link = invite(group_id)
    first = owner.call("invite_create", link)
    assert owner.call("invite_create", link) == first
    other = invite(group_id, invite_id=link.invite_id, access_hash=b"h" * 32)
    assert owner.refused("invite_create", other) == (409, "invite_exists")
    assert Caller(door).refused("invite_create", invite(group_id)) == (403, "not_a_member")


def test_what_a_link_shows(door: Door) -> None:
    owner, group_id = new_group(door)
    link = invite(group_id)
    made = owner.call("invite_create", link)
    reply = owner.call("invite_info", info(link.invite_id))
    assert (reply.status, reply.sealed_info, reply.expires_at) == ("active", b"sealed", made.expires_at)
    assert owner.refused("invite_info", info(fresh_id())) == (404, "invite_unknown")


def test_a_link_is_used_up(door: Door) -> None:
    owner, _, _, invite_id, _ = asked(door)
    assert owner.call("invite_info", info(invite_id)).status == "used"
    assert Caller(door).refused("invite_join", join(invite_id)) == (410, "invite_used")


def test_a_link_for_two(door: Door) -> None:
    owner, _, _, invite_id, first = asked(door, max_uses=2)
    second = Caller(door).call("invite_join", join(invite_id)).request_id
    assert pending(owner) == [first, second]
    assert Caller(door).refused("invite_join", join(invite_id)) == (410, "invite_used")


def test_the_key_of_another_link(door: Door) -> None:
    owner, group_id = new_group(door)
    link = invite(group_id)
    owner.call("invite_create", link)
    joiner = Caller(door)
    bad = join(link.invite_id, access_key=b"wrong")
    assert joiner.refused("invite_join", bad) == (403, "invite_access_denied")
    assert joiner.refused("invite_join", join(fresh_id())) == (404, "invite_unknown")
    assert joiner.call("invite_join", join(link.invite_id)).state == "kp_submitted"


def test_joining_again_is_the_same_request(door: Door) -> None:
    owner, joiner, group_id, invite_id, request_id = asked(door)
    again = joiner.call("invite_join", join(invite_id))
    assert again == bodies.InviteJoinReply(request_id=request_id, state="kp_submitted")
    swapped = join(invite_id, key_package=b"another")
    assert joiner.refused("invite_join", swapped) == (409, "key_package_conflict")
    owner.call("invite_claim", claim(request_id))
    owner.call("invite_complete", complete(request_id, commit(group_id, 0, joiner)))
    assert joiner.call("invite_join", join(invite_id)).state == "complete"


def test_a_member_does_not_join(door: Door) -> None:
    owner, group_id = new_group(door)
    link = invite(group_id)
    owner.call("invite_create", link)
    assert owner.refused("invite_join", join(link.invite_id)) == (409, "already_member")
    assert owner.call("invite_info", info(link.invite_id)).status == "active"


def two_members(door: Door) -> tuple[Caller, Caller, Caller, str, str]:
    owner, joiner, group_id, _, request_id = asked(door)
    member = Caller(door)
    owner.call("send_commit", commit(group_id, 0, member))
    return owner, member, joiner, group_id, request_id


async def test_one_claims_and_the_other_waits(door: Door) -> None:
    owner, member, joiner, group_id, request_id = two_members(door)
    owner.call("invite_claim", claim(request_id))
    owner.call("invite_claim", claim(request_id))
    assert member.refused("invite_claim", claim(request_id)) == (409, "claim_taken")
    assert (pending(owner), pending(member)) == ([request_id], [])
    body = complete(request_id, commit(group_id, 1, joiner))
    assert member.refused("invite_complete", body) == (409, "claim_taken")
    await door.later(121)
    assert pending(member) == [request_id]
    assert member.refused("invite_complete", body) == (409, "claim_missing")
    member.call("invite_claim", claim(request_id))
    assert owner.refused("invite_complete", body) == (409, "claim_taken")
    member.call("invite_complete", body)
    assert owner.refusal("invite_claim", claim(request_id)) == (409, "request_closed", {"state": "complete"})


def test_completing_needs_a_claim(door: Door) -> None:
    owner, joiner, group_id, _, request_id = asked(door)
    body = complete(request_id, commit(group_id, 0, joiner))
    assert owner.refused("invite_complete", body) == (409, "claim_missing")
    assert owner.refused("invite_complete", refusal(request_id)) == (409, "claim_missing")
    assert owner.refused("invite_claim", claim(fresh_id())) == (404, "request_unknown")
    assert Caller(door).refused("invite_claim", claim(request_id)) == (403, "not_a_member")


def test_completing_again_is_answered_alike(door: Door) -> None:
    owner, joiner, group_id, _, request_id = asked(door)
    owner.call("invite_claim", claim(request_id))
    body = complete(request_id, commit(group_id, 0, joiner))
    first = owner.call("invite_complete", body)
    assert owner.call("invite_complete", body) == first
    other = complete(request_id, commit(group_id, 1, joiner))
    assert owner.refusal("invite_complete", other) == (409, "request_closed", {"state": "complete"})
    assert owner.call("get_messages", get(group_id)).head_seq == 1


def test_a_stale_commit_keeps_the_claim(door: Door) -> None:
    owner, joiner, group_id, _, request_id = asked(door)
    owner.call("invite_claim", claim(request_id))
    owner.call("send_commit", commit(group_id))
    late = commit(group_id, 0, joiner)
    assert owner.refusal("invite_complete", complete(request_id, late)) == (409, "stale_epoch", {"epoch": 1})
    again = commit(group_id, 1, joiner, message_id=late.message_id)
    assert owner.call("invite_complete", complete(request_id, again)).epoch == 2


def test_a_commit_that_admits_somebody_else(door: Door) -> None:
    owner, joiner, group_id, _, request_id = asked(door)
    owner.call("invite_claim", claim(request_id))
    _, elsewhere = new_group(door)
    for wrong in (commit(group_id, 0, Caller(door)), commit(group_id), commit(elsewhere, 0, joiner)):
        assert owner.refused("invite_complete", complete(request_id, wrong)) == (400, "commit_mismatch")
    assert owner.call("invite_complete", complete(request_id, commit(group_id, 0, joiner))).epoch == 1


def test_a_refusal_is_told_and_gives_the_use_back(door: Door) -> None:
    owner, joiner, _, invite_id, request_id = asked(door)
    owner.call("invite_claim", claim(request_id))
    for _ in range(2):
        assert owner.call("invite_complete", refusal(request_id)) == bodies.InviteCompleteReply()
    polled = joiner.call("invite_poll", poll(request_id))
    assert (polled.state, polled.reason, polled.welcome) == ("refused", "no", None)
    closed = (409, "request_closed", {"state": "refused"})
    assert owner.refusal("invite_complete", refusal(request_id, "other")) == closed
    assert owner.refusal("invite_claim", claim(request_id)) == closed
    assert joiner.call("invite_join", join(invite_id)).state == "refused"
    assert Caller(door).call("invite_join", join(invite_id)).state == "kp_submitted"


async def test_an_expired_link(door: Door) -> None:
    owner, joiner, _, invite_id, request_id = asked(door, max_uses=2)
    await door.later(WEEK + 1)
    assert owner.call("invite_info", info(invite_id)).status == "expired"
    assert Caller(door).refused("invite_join", join(invite_id)) == (410, "invite_expired")
    assert joiner.call("invite_poll", poll(request_id)).state == "expired"
    assert joiner.call("invite_join", join(invite_id)).state == "expired"
    assert pending(owner) == []
    assert owner.refusal("invite_claim", claim(request_id)) == (409, "request_closed", {"state": "expired"})


async def test_a_complete_request_outlives_its_link(door: Door) -> None:
    owner, joiner, group_id, _, request_id = asked(door)
    owner.call("invite_claim", claim(request_id))
    owner.call("invite_complete", complete(request_id, commit(group_id, 0, joiner)))
    await door.later(WEEK + 1)
    assert joiner.call("invite_poll", poll(request_id)).welcome == b"welcome"


def test_a_request_is_its_joiners_alone(door: Door) -> None:
    owner, _, _, _, request_id = asked(door)
    for caller in (owner, Caller(door)):
        assert caller.refused("invite_poll", poll(request_id)) == (404, "request_unknown")
    assert owner.refused("invite_poll", poll(fresh_id())) == (404, "request_unknown")
    assert pending(Caller(door)) == []


def test_the_members_list_tells_who_waits(door: Door) -> None:
    owner, joiner, group_id, _, request_id = asked(door)
    listed = owner.call("group_members_list", bodies.GroupMembersList(group_id=group_id))
    assert [(m.user_id, m.device_id, m.role) for m in listed.members] == [(owner.user_id, owner.device_id, "owner")]
    (waiting,) = listed.pending
    assert (waiting.request_id, waiting.user_id, waiting.state) == (request_id, joiner.user_id, "kp_submitted")
