"""The devices of an account: one adds another, they have names, and what is left of one that was revoked."""

import msgspec

from contract_account import Account
from contract_doors import Caller, Door, fresh_id, sibling
from contract_group import claimed, commit, grown_group, invite, join, new_group
from mls_chat.wire import bodies
from mls_chat.wire.limits import MAX_SEALED_NAME_BYTES
from mls_chat.wire.records import DeviceLogEntry


def own(caller: Caller) -> dict[str, bodies.OwnDevice]:
    reply: bodies.DeviceListReply = caller.call("device_list", bodies.Empty())
    return {each.device_id: each for each in reply.devices}


def revocation(device: Caller) -> bodies.DeviceRevoke:
    return bodies.DeviceRevoke(entry=device.entry("revoke"))


def test_a_device_that_was_added_logs_in(door: Door) -> None:
    first = Caller(door)
    added = Caller(door, first.account, unknown=True)
    first.add(added)
    added.token = added.login().token
    for device in (first, added):
        devices = own(device)
        assert {each: row.sealed_name for each, row in devices.items()} == {
            first.device_id: b"sealed name",
            added.device_id: b"added",
        }
        assert all(row.created_at > 0 and row.last_seen > 0 and row.revoked_at == 0 for row in devices.values())


def test_an_account_without_more_has_no_passkeys_and_no_vault(door: Door) -> None:
    reply = Caller(door).call("device_list", bodies.Empty())
    assert (reply.passkeys, reply.vault_generation, reply.code_made_at) == ([], 0, 0)


def test_adding_it_again_is_fine(door: Door) -> None:
    first = Caller(door)
    added = Caller(door, first.account, unknown=True)
    first.add(added)
    first.call("device_add", added.addition(entry=first.account.log[1], sealed_name=b"another"))
    added.register()
    assert own(first)[added.device_id].sealed_name == b"added"


def test_keys_that_were_not_shown(door: Door) -> None:
    first = Caller(door)
    added, other = (Caller(door, first.account, unknown=True) for _ in range(2))
    for credential in (other.credential(), added.credential() + b"x", added.credential()[:-1]):
        assert first.refused("device_add", added.addition(credential=credential)) == (400, "bad_request")
    unsigned = added.credential()[:-64] + bytes(64)
    assert first.refused("device_add", added.addition(credential=unsigned)) == (401, "signature_invalid")


def test_a_device_of_somebody_else(door: Door) -> None:
    first, other = Caller(door), Caller(door)
    stolen = Caller(door, first.account, unknown=True)
    stolen.device_id = other.device_id
    assert first.refused("device_add", stolen.addition()) == (409, "device_exists")
    assert first.refused("auth_register", stolen.registration()) == (409, "device_exists")
    assert list(own(other)) == [other.device_id]


def test_other_keys_under_a_known_id(door: Door) -> None:
    first = Caller(door)
    second = Caller(door, first.account, unknown=True)
    second.device_id = first.device_id
    assert first.refused("device_add", second.addition()) == (409, "device_exists")


def test_a_device_gets_another_name(door: Door) -> None:
    first = Caller(door)
    second = sibling(first)
    first.call("device_rename", bodies.DeviceRename(device_id=second.device_id, sealed_name=b"renamed"))
    assert [own(second)[each.device_id].sealed_name for each in (first, second)] == [b"sealed name", b"renamed"]


def test_only_by_its_account(door: Door) -> None:
    first, other = Caller(door), Caller(door)
    for device_id in (other.device_id, fresh_id()):
        body = bodies.DeviceRename(device_id=device_id, sealed_name=b"renamed")
        assert first.refused("device_rename", body) == (404, "device_missing")
    assert own(other)[other.device_id].sealed_name == b"sealed name"


def test_sizes_of_names(door: Door) -> None:
    first, sealed_name = Caller(door), bytes(MAX_SEALED_NAME_BYTES + 1)
    new = Caller(door, first.account, unknown=True)
    rename = bodies.DeviceRename(device_id=first.device_id, sealed_name=sealed_name)
    for name, body in (
        ("device_rename", rename),
        ("device_add", new.addition(sealed_name=sealed_name)),
        ("auth_register", new.registration(sealed_name=sealed_name)),
    ):
        assert first.refused(name, body) == (400, "bad_request"), name
    for fits in (b"", sealed_name[1:]):
        first.call("device_rename", bodies.DeviceRename(device_id=first.device_id, sealed_name=fits))
        assert own(first)[first.device_id].sealed_name == fits


def test_a_revoked_device_is_refused_for_good(door: Door) -> None:
    first = Caller(door)
    lost = sibling(first)
    first.revoke(lost)
    assert lost.refused("user_groups", bodies.Empty()) == (401, "device_revoked")
    assert lost.refused("device_list", bodies.Empty()) == (401, "device_revoked")
    login = bodies.AuthLogin(
        challenge_id=lost._prove("login")[0],
        user_id=lost.user_id,
        device_id=lost.device_id,
        device_signature=bytes(64),
    )
    status, code, details = lost.refusal("auth_login", login)
    assert (status, code) == (401, "device_revoked")
    shown = msgspec.json.decode(str(details["entry"]), type=DeviceLogEntry)
    assert shown == first.account.log[-1]
    assert lost.refused("auth_register", lost.registration()) == (401, "device_revoked")
    assert lost.refused("auth_register", lost.registration(first.account.log[1])) == (401, "device_revoked")
    assert first.refused("device_add", lost.addition()) == (409, "device_exists")
    devices = own(first)
    assert (devices[first.device_id].revoked_at, devices[lost.device_id].revoked_at > 0) == (0, True)


def test_revoking_it_again_is_fine(door: Door) -> None:
    first = Caller(door)
    lost = sibling(first)
    late = revocation(lost)
    first.revoke(lost)
    other = sibling(first)
    for body in (bodies.DeviceRevoke(entry=first.account.log[2]), late, revocation(lost)):
        other.call("device_revoke", body)
    assert other.call("device_log_get", bodies.DeviceLogGet(user_id=first.user_id)).entries == first.account.log


def test_a_device_may_revoke_itself(door: Door) -> None:
    first = Caller(door)
    lost = sibling(first)
    lost.revoke(lost)
    assert lost.refused("device_list", bodies.Empty()) == (401, "device_revoked")
    assert own(first)[lost.device_id].revoked_at > 0


def test_no_account_revokes_devices_of_another(door: Door) -> None:
    first, other = Caller(door), Caller(door)
    entry = first.account.entry("revoke", other.device_id, other.public_key)
    assert first.refused("device_revoke", bodies.DeviceRevoke(entry=entry)) == (404, "device_missing")
    assert first.refused("device_revoke", revocation(other)) == (401, "signature_invalid")
    unknown = Caller(door, first.account, unknown=True)
    assert first.refused("device_revoke", revocation(unknown)) == (404, "device_missing")
    assert own(other)[other.device_id].revoked_at == 0


def test_a_revocation_names_the_key_of_the_device(door: Door) -> None:
    first = Caller(door)
    lost = sibling(first)
    entry = first.account.entry("revoke", lost.device_id, first.public_key)
    assert first.refused("device_revoke", bodies.DeviceRevoke(entry=entry)) == (400, "bad_request")
    assert own(first)[lost.device_id].revoked_at == 0


def test_what_a_revoked_device_asked_for_is_gone(door: Door) -> None:
    first = Caller(door)
    lost = sibling(first)
    owner, group_id = new_group(door)
    request_id = claimed(owner, group_id, lost)
    first.revoke(lost)
    assert owner.call("group_members_list", bodies.GroupMembersList(group_id=group_id)).pending == []
    assert owner.call("invite_pending", bodies.Empty()).requests == []
    body = bodies.InviteComplete(request_id=request_id, commit=commit(group_id, 0, lost))
    assert owner.refused("invite_complete", body) == (404, "request_unknown")


def test_the_use_of_its_invite_is_given_back(door: Door) -> None:
    first = Caller(door)
    lost = sibling(first)
    owner, group_id = new_group(door)
    link = invite(group_id, max_uses=1)
    owner.call("invite_create", link)
    lost.call("invite_join", join(link.invite_id))
    assert first.refused("invite_join", join(link.invite_id)) == (410, "invite_used")
    first.revoke(lost)
    assert first.call("invite_join", join(link.invite_id)).state == "kp_submitted"


def test_nobody_adds_a_revoked_device_to_a_group(door: Door) -> None:
    first = Caller(door)
    lost = sibling(first)
    owner, group_id = new_group(door)
    first.revoke(lost)
    assert owner.refused("send_commit", commit(group_id, 0, lost)) == (400, "commit_mismatch")


def test_it_stays_in_its_groups_until_a_commit_removes_it(door: Door) -> None:
    lost = Caller(door)
    other = sibling(lost)
    owner, group_id = grown_group(door, lost)
    other.revoke(lost)
    there = bodies.GroupMembersList(group_id=group_id)
    assert lost.device_id in {each.device_id for each in owner.call("group_members_list", there).members}
    owner.call("send_commit", commit(group_id, 1, removed=[lost.device_id]))
    assert [each.device_id for each in owner.call("group_members_list", there).members] == [owner.device_id]


def test_a_revoked_device_keeps_its_place_in_the_list(door: Door) -> None:
    first = Caller(door)
    lost = sibling(first)
    first.revoke(lost)
    first.call("device_rename", bodies.DeviceRename(device_id=lost.device_id, sealed_name=b"the lost one"))
    assert own(first)[lost.device_id].sealed_name == b"the lost one"


def test_a_key_that_is_not_the_users(door: Door) -> None:
    caller = Caller(door)
    new = Caller(door, caller.account, unknown=True)
    body = new.registration(account_public_key=Account().public_key)
    assert caller.refused("auth_register", body) == (400, "bad_request")
