"""Whole stories over HTTP: real keys, real tokens, committed rows; every reply has the shape of the wire."""

import base64
import hashlib
import os
from typing import Any

import httpx
import msgspec
import pytest

from functions_server import Device, RefusedError, call
from mls_chat.wire import ENDPOINTS
from sql_world import b64, new_id


def checked(device: Device, name: str, **body: Any) -> Any:
    """Calls, and decodes both sides by the wire's types."""
    endpoint = ENDPOINTS[name]
    msgspec.convert(body, endpoint.request)
    reply = device(name, **body)
    assert reply.keys() == set(endpoint.reply.__struct_fields__)
    return msgspec.convert(reply, endpoint.reply)


def commit(group: str, epoch: int, added: Device | None = None, **more: Any) -> dict[str, Any]:
    changes = {} if added is None else {
        "added": [added.names],
        "welcomes": [{"device_id": added.device_id, "welcome": b64(b"welcome"), "mac": b64(b"mac")}],
    }  # fmt: skip
    return {"group_id": group, "message_id": new_id(), "epoch": epoch, "mls_bytes": b64(b"commit"), **changes, **more}


def message(group: str, client_seq: int, epoch: int, content: bytes = b"chat") -> dict[str, Any]:
    body = {"group_id": group, "message_id": new_id(), "client_seq": client_seq, "epoch": epoch}
    return body | {"msg_kind": "chat", "mls_bytes": b64(content)}


def test_invite_join_admit_talk_remove(http: httpx.Client) -> None:
    alice, bob = Device(http).register(), Device(http).register()
    group, invite_id, access_key = new_id(), new_id(), os.urandom(32)
    checked(alice, "group_create", group_id=group)
    invite = {"access_hash": b64(hashlib.sha256(access_key).digest()), "sealed_info": b64(b"sealed")}
    checked(alice, "invite_create", invite_id=invite_id, group_id=group, **invite)
    info = msgspec.convert(call(http, "invite_info", {"invite_id": invite_id}), ENDPOINTS["invite_info"].reply)
    assert (info.status, info.sealed_info) == ("active", b"sealed")  # type: ignore[attr-defined]

    proof = {"access_key": b64(access_key), "key_package": b64(b"kp"), "mac": b64(b"m"), "sealed_profile": b64(b"p")}
    request = checked(bob, "invite_join", invite_id=invite_id, **proof).request_id
    assert checked(bob, "invite_poll", request_id=request).state == "kp_submitted"
    pending = checked(alice, "invite_pending").requests
    assert [(each.request_id, each.user_id, each.key_package) for each in pending] == [(request, bob.user_id, b"kp")]
    assert [each.request_id for each in checked(alice, "group_members_list", group_id=group).pending] == [request]
    checked(alice, "invite_claim", request_id=request)
    done = checked(alice, "invite_complete", request_id=request, commit=commit(group, 0, bob))
    assert (done.server_seq, done.epoch) == (1, 1)
    polled = checked(bob, "invite_poll", request_id=request)
    assert (polled.state, polled.welcome, polled.mac, polled.admitted_by) == (
        "complete",
        b"welcome",
        b"mac",
        alice.user_id,
    )
    assert checked(bob, "group_join", group_id=group).joined_seq == 1

    content = bytes(range(256))
    sent = checked(bob, "send_message", **message(group, 0, 1, content))
    page = checked(alice, "get_messages", group_id=group, since_seq=0)
    assert [each.server_seq for each in page.messages] == [1, sent.server_seq]
    assert page.messages[0].added[0].device_id == bob.device_id
    assert page.messages[1].mls_bytes == content
    assert [each.server_seq for each in checked(bob, "get_messages", group_id=group, since_seq=0).messages] == [2]

    assert checked(alice, "send_commit", **commit(group, 1, removed=[bob.device_id])).epoch == 2
    with pytest.raises(RefusedError, match="403 not_a_member"):
        bob("send_message", **message(group, 1, 2))
    last = checked(bob, "get_messages", group_id=group, since_seq=2).messages
    assert [each.removed for each in last] == [[bob.device_id]]


def test_a_refusal_reaches_the_joiner(http: httpx.Client) -> None:
    alice, bob = Device(http).register(), Device(http).register()
    group, invite_id, access_key = new_id(), new_id(), os.urandom(32)
    checked(alice, "group_create", group_id=group)
    invite = {"access_hash": b64(hashlib.sha256(access_key).digest()), "sealed_info": b64(b"sealed")}
    checked(alice, "invite_create", invite_id=invite_id, group_id=group, expires_in=60, max_uses=2, **invite)
    proof = {"access_key": b64(access_key), "key_package": b64(b"kp"), "mac": b64(b"m"), "sealed_profile": b64(b"p")}
    request = checked(bob, "invite_join", invite_id=invite_id, **proof).request_id
    checked(alice, "invite_claim", request_id=request)
    reason = "the mac does not fit \u2713 \U0001f6ab"
    assert checked(alice, "invite_complete", request_id=request, refusal=reason).server_seq is None
    polled = checked(bob, "invite_poll", request_id=request)
    assert (polled.state, polled.reason) == ("refused", reason)


def test_key_packages_go_through_whole(http: httpx.Client) -> None:
    alice, bob = Device(http).register(), Device(http).register()
    packages = [os.urandom(500), b'\\x,{}" \0', bytes(16 * 1024)]
    body = {"key_packages": [b64(each) for each in packages], "last_resort": b64(b"last")}
    assert checked(alice, "key_packages_publish", **body).stock == 3
    claimed = [checked(bob, "key_packages_claim", user_id=alice.user_id).key_packages for _ in range(4)]
    assert [each[0].key_package for each in claimed] == [*packages, b"last"]
    assert claimed[0][0].device_id == alice.device_id
    assert checked(alice, "key_packages_publish", key_packages=[]).stock == 0


def test_adding_a_second_device_without_an_invite(http: httpx.Client) -> None:
    phone = Device(http).register()
    laptop = phone.another().register()
    group = new_id()
    checked(phone, "group_create", group_id=group)
    checked(phone, "send_commit", **commit(group, 0, laptop))
    assert [each.group_id for each in checked(laptop, "user_groups").groups] == [group]
    assert checked(laptop, "invite_poll", request_id=group).welcome == b"welcome"


def test_a_commit_is_withdrawn_and_its_committer_comes_back(http: httpx.Client) -> None:
    alice, bob = Device(http).register(), Device(http).register()
    group = new_id()
    checked(alice, "group_create", group_id=group)
    checked(alice, "send_commit", **commit(group, 0, bob), group_info=b64(b"info 1"))
    checked(alice, "group_key_put", group_id=group, sealed_key=b64(b"key"))
    checked(alice, "send_commit", **commit(group, 1))
    assert checked(bob, "commit_flag", group_id=group, server_seq=2).void_seq == 3
    void = checked(bob, "get_messages", group_id=group, since_seq=2).messages[0]
    assert (void.msg_kind, void.voids, void.epoch, void.mls_bytes) == ("void", 2, 1, b"")
    info = checked(alice, "group_info_get", group_id=group)
    assert (info.group_info, info.sealed_key, info.epoch, info.head_seq) == (b"info 1", b"key", 1, 3)
    back = {"message_id": new_id(), "epoch": 1, "mls_bytes": b64(bytes(range(256)))}
    assert checked(alice, "group_rejoin", group_id=group, **back).epoch == 2
    entry = checked(bob, "get_messages", group_id=group, since_seq=3).messages[0]
    assert (entry.removed, entry.mls_bytes) == ([alice.device_id], bytes(range(256)))
    none = checked(bob, "group_info_get", group_id=group, refused=True)
    assert (none.group_info, none.sealed_key, none.epoch) == (None, None, 2)
    checked(alice, "group_info_put", group_id=group, epoch=2, group_info=b64(bytes(range(256))))
    assert checked(bob, "group_info_get", group_id=group).group_info == bytes(range(256))


def test_refusals_carry_their_facts(http: httpx.Client) -> None:
    alice = Device(http).register()
    group = new_id()
    checked(alice, "group_create", group_id=group)
    checked(alice, "send_commit", **commit(group, 0))
    for name, body in (("send_commit", commit(group, 0)), ("send_message", message(group, 0, 0))):
        with pytest.raises(RefusedError, match="409 stale_epoch") as caught:
            alice(name, **body)
        assert caught.value.details == {"epoch": 1}
    with pytest.raises(RefusedError, match="409 future_epoch"):
        alice("send_message", **message(group, 0, 2))


def test_posting_again_stores_once(http: httpx.Client) -> None:
    alice = Device(http).register()
    group = new_id()
    checked(alice, "group_create", group_id=group)
    body = message(group, 0, 0)
    replies = [alice("send_message", **body) for _ in range(10)]
    assert replies == [replies[0]] * 10
    assert len(checked(alice, "get_messages", group_id=group, since_seq=0, limit=1000).messages) == 1


def test_strangers_learn_nothing(http: httpx.Client) -> None:
    alice, mallory = Device(http).register(), Device(http).register()
    group = new_id()
    checked(alice, "group_create", group_id=group)
    for id_ in (group, new_id()):
        calls: dict[str, dict[str, Any]] = {
            "get_messages": {"group_id": id_, "since_seq": 0},
            "group_members_list": {"group_id": id_},
            "group_join": {"group_id": id_},
            "send_message": message(id_, 0, 0),
            "send_commit": commit(id_, 0),
            "commit_flag": {"group_id": id_, "server_seq": 1},
            "group_rejoin": commit(id_, 0),
            "group_info_get": {"group_id": id_},
            "group_info_put": {"group_id": id_, "epoch": 0, "group_info": b64(b"info")},
            "group_key_put": {"group_id": id_, "sealed_key": b64(b"key")},
        }
        for name, body in calls.items():
            with pytest.raises(RefusedError) as caught:
                mallory(name, **body)
            assert (caught.value.status, caught.value.code, caught.value.details) == (403, "not_a_member", {})


def test_base64_is_without_line_breaks(http: httpx.Client) -> None:
    alice = Device(http).register()
    group = new_id()
    checked(alice, "group_create", group_id=group)
    alice("send_message", **message(group, 0, 0, os.urandom(1000)))
    text = str(alice("get_messages", group_id=group, since_seq=0)["messages"][0]["mls_bytes"])  # type: ignore[index]
    assert len(base64.b64decode(text, validate=True)) == 1000
