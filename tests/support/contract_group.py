"""Bodies as an engine sends them, with placeholders for what the server never looks into."""

import hashlib
from typing import Any

from contract_doors import Caller, Door, fresh_id
from mls_chat.wire import bodies
from mls_chat.wire.records import AddedDevice, WelcomeFor

ACCESS = b"access key of thirty-two bytes.."


def message(group_id: str, client_seq: int, epoch: int = 0, **changes: Any) -> bodies.SendMessage:
    fields: dict[str, Any] = {
        "group_id": group_id,
        "message_id": fresh_id(),
        "client_seq": client_seq,
        "msg_kind": "chat",
        "epoch": epoch,
        "mls_bytes": f"message {client_seq}".encode(),
    }
    return bodies.SendMessage(**fields | changes)


def commit(group_id: str, epoch: int = 0, *added: Caller, **changes: Any) -> bodies.Commit:
    fields: dict[str, Any] = {
        "group_id": group_id,
        "message_id": fresh_id(),
        "epoch": epoch,
        "mls_bytes": f"commit {epoch}".encode(),
        "added": [AddedDevice(user_id=each.user_id, device_id=each.device_id) for each in added],
        "welcomes": [WelcomeFor(device_id=each.device_id, welcome=b"welcome", mac=b"mac") for each in added],
    }
    return bodies.Commit(**fields | changes)


def new_group(door: Door) -> tuple[Caller, str]:
    owner, group_id = Caller(door), fresh_id()
    owner.call("group_create", bodies.GroupCreate(group_id=group_id))
    return owner, group_id


def invite(group_id: str, **changes: Any) -> bodies.InviteCreate:
    fields: dict[str, Any] = {
        "invite_id": fresh_id(),
        "group_id": group_id,
        "access_hash": hashlib.sha256(ACCESS).digest(),
        "sealed_info": b"sealed",
    }
    return bodies.InviteCreate(**fields | changes)


def join(invite_id: str, **changes: Any) -> bodies.InviteJoin:
    fields: dict[str, Any] = {
        "invite_id": invite_id,
        "access_key": ACCESS,
        "key_package": b"key package",
        "mac": b"mac",
        "sealed_profile": b"profile",
    }
    return bodies.InviteJoin(**fields | changes)


def get(group_id: str, since_seq: int = 0, limit: int = 200) -> bodies.GetMessages:
    return bodies.GetMessages(group_id=group_id, since_seq=since_seq, limit=limit)


def flag(group_id: str, server_seq: int) -> bodies.CommitFlag:
    return bodies.CommitFlag(group_id=group_id, server_seq=server_seq)


def rejoin(group_id: str, epoch: int, **changes: Any) -> bodies.GroupRejoin:
    fields: dict[str, Any] = {
        "group_id": group_id,
        "message_id": fresh_id(),
        "epoch": epoch,
        "mls_bytes": f"external commit {epoch}".encode(),
    }
    return bodies.GroupRejoin(**fields | changes)


def info(group_id: str, **changes: Any) -> bodies.GroupInfoGet:
    return bodies.GroupInfoGet(group_id=group_id, **changes)


def grown_group(door: Door, *members: Caller) -> tuple[Caller, str]:
    """The owner's group at epoch 1: one commit, at 1, has added all members."""
    owner, group_id = new_group(door)
    owner.call("send_commit", commit(group_id, 0, *members))
    return owner, group_id


def claimed(owner: Caller, group_id: str, joiner: Caller) -> str:
    """The id of the joiner's request by a new link, which the owner has claimed."""
    link = invite(group_id)
    owner.call("invite_create", link)
    request_id: str = joiner.call("invite_join", join(link.invite_id)).request_id
    owner.call("invite_claim", bodies.InviteClaim(request_id=request_id))
    return request_id
