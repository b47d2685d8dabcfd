"""private.messages_append: each rule, duplicates within a batch, batches at the same time."""

import asyncio
import json
import uuid
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from database import Connection
from delivery.effects import Device
from delivery.log import Log, Verdict
from delivery_server import Seed
from mls_chat.wire.frames import Send


def message(group_id: str, client_seq: int, **changes: Any) -> Send:
    fields = {"message_id": str(uuid.uuid4()), "msg_kind": "chat", "epoch": 0, "mls_bytes": b"%d" % client_seq}
    return Send(group_id=group_id, client_seq=client_seq, **{**fields, **changes})


async def append(log: Log, device: Device, *sends: Send) -> list[Verdict]:
    return await log.append([(device, send) for send in sends])


def seqs(verdicts: Sequence[Verdict]) -> list[int | None]:
    return [verdict.server_seq for verdict in verdicts]


def codes(verdicts: Sequence[Verdict]) -> list[str | None]:
    return [verdict.error_code for verdict in verdicts]


async def stored(admin: Connection, group_id: str) -> list[tuple[int, bytes]]:
    rows = await admin.fetch(
        "select server_seq, mls_bytes from public.messages where group_id = $1 order by server_seq", group_id
    )
    return [(row["server_seq"], row["mls_bytes"]) for row in rows]


async def test_a_batch_is_numbered_in_its_order_without_gaps(log: Log, seed: Seed, admin: Connection) -> None:
    alice, bob = await seed.devices(2)
    one, two = await seed.group(alice, bob), await seed.group(alice)
    verdicts = await log.append(
        [(alice, message(one, 1)), (alice, message(two, 1)), (bob, message(one, 1)), (alice, message(one, 2))]
    )
    assert seqs(verdicts) == [1, 1, 2, 3]
    assert [seq for seq, _ in await stored(admin, one)] == [1, 2, 3]
    assert await admin.fetchval("select seq from public.groups where id = $1", one) == 3
    row = await admin.fetchrow("select * from public.messages where group_id = $1 and server_seq = 2", one)
    assert row is not None
    assert (row["user_id"], str(row["device_id"]), row["client_seq"]) == (bob.user_id, bob.device_id, 1)
    assert verdicts[0].server_time == int(row["created_at"].timestamp() * 1000)


async def test_a_repeated_send_is_answered_with_its_number(log: Log, seed: Seed, admin: Connection) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    sends = [message(group, number) for number in range(1, 4)]
    first = await append(log, alice, *sends)
    for _ in range(10):
        again = await append(log, alice, *sends)
        assert [(v.server_seq, v.server_time, v.repeated) for v in again] == [
            (v.server_seq, v.server_time, True) for v in first
        ]
    assert len(await stored(admin, group)) == 3


async def test_an_old_epochs_message_repeated_is_still_the_same_message(log: Log, seed: Seed) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    send = message(group, 1)
    await append(log, alice, send)
    await seed.commit(group, alice)
    assert (await append(log, alice, send))[0].server_seq == 1


async def test_an_id_used_for_other_bytes_is_a_conflict(log: Log, seed: Seed, admin: Connection) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    send = message(group, 1)
    await append(log, alice, send)
    other = message(group, 2, message_id=send.message_id, mls_bytes=b"other")
    assert codes(await append(log, alice, other)) == ["message_id_conflict"]
    assert len(await stored(admin, group)) == 1


async def test_the_same_id_is_free_for_other_devices_and_groups(log: Log, seed: Seed) -> None:
    alice, bob = await seed.devices(2)
    one, two = await seed.group(alice, bob), await seed.group(alice)
    same = str(uuid.uuid4())
    entries = [(alice, one), (bob, one), (alice, two)]
    verdicts = await log.append([(device, message(group, 1, message_id=same)) for device, group in entries])
    assert seqs(verdicts) == [1, 2, 1]


async def test_a_client_seq_used_twice_betrays_a_clone(log: Log, seed: Seed, admin: Connection) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    await append(log, alice, message(group, 1))
    assert codes(await append(log, alice, message(group, 1))) == ["device_cloned"]
    assert len(await stored(admin, group)) == 1


@pytest.mark.parametrize(
    ("changes", "code", "epoch"),
    [
        ({"msg_kind": "commit"}, "not_a_commit", None),
        ({"epoch": 1}, "stale_epoch", 2),
        ({"epoch": 3}, "future_epoch", 2),
        ({"epoch": 2**63 - 1}, "future_epoch", 2),
        ({"mls_bytes": bytes(262145)}, "message_too_large", None),
        ({"mls_bytes": b""}, "bad_request", None),
        ({"msg_kind": "welcome"}, "bad_request", None),
        ({"client_seq": -1}, "bad_request", None),
    ],
)
async def test_a_refused_row_refuses_no_other(
    log: Log, seed: Seed, admin: Connection, changes: dict[str, Any], code: str, epoch: int | None
) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    await seed.commit(group, alice)
    await seed.commit(group, alice)
    bad = message(group, 2, **{"epoch": 2, **changes}) if "client_seq" not in changes else message(group, **changes)
    verdicts = await append(log, alice, message(group, 1, epoch=2), bad, message(group, 3, epoch=2))
    assert seqs(verdicts) == [3, None, 4]
    assert verdicts[1] == (None, None, False, code, epoch)
    assert [seq for seq, _ in await stored(admin, group)] == [1, 2, 3, 4]


async def test_the_largest_message_is_stored(log: Log, seed: Seed) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    assert seqs(await append(log, alice, message(group, 1, mls_bytes=bytes(262144)))) == [1]


async def test_only_live_devices_of_members_may_send(log: Log, seed: Seed, admin: Connection) -> None:
    alice, removed, stranger, revoked = await seed.devices(4)
    group = await seed.group(alice, removed, revoked)
    await seed.commit(group, alice, removed=[removed])
    await admin.execute("update public.devices set revoked_at = now() where device_id = $1", revoked.device_id)
    impostor = Device(alice.user_id, stranger.device_id)
    senders = [removed, stranger, revoked, impostor, alice]
    verdicts = await log.append([(device, message(group, 1, epoch=1)) for device in senders])
    assert codes(verdicts) == ["not_a_member", "not_a_member", "device_revoked", "device_revoked", None]
    unknown = message(str(uuid.uuid4()), 1)
    assert codes(await append(log, alice, unknown)) == ["not_a_member"]


async def test_a_message_twice_in_one_batch_is_stored_once(log: Log, seed: Seed, admin: Connection) -> None:
    alice = await seed.device()
    group = await seed.group(alice)
    send, next_one = message(group, 1), message(group, 2)
    verdicts = await append(log, alice, send, send, next_one, send)
    assert seqs(verdicts) == [1, 1, 2, 1]
    assert [verdict.repeated for verdict in verdicts] == [False, True, False, True]
    assert await stored(admin, group) == [(1, b"1"), (2, b"2")]


async def test_twins_in_one_batch_are_judged_like_one_after_the_other(log: Log, seed: Seed, admin: Connection) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    send = message(group, 1)
    verdicts = await log.append(
        [
            (alice, send),
            (alice, message(group, 9, message_id=send.message_id, mls_bytes=b"other")),
            (alice, message(group, 1)),
            (bob, message(group, 1)),
            (alice, message(group, 2, epoch=5, message_id=(late := str(uuid.uuid4())))),
            (alice, message(group, 2, message_id=late)),
        ]
    )
    assert codes(verdicts) == [None, "message_id_conflict", "device_cloned", None, "future_epoch", None]
    assert seqs(verdicts) == [1, None, None, 2, None, 3]
    assert [seq for seq, _ in await stored(admin, group)] == [1, 2, 3]


async def test_one_bell_for_each_group_that_grew(log: Log, seed: Seed, postgres: Any) -> None:
    alice = await seed.device()
    one, two, refused = await seed.group(alice), await seed.group(alice), await seed.group(alice)
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(postgres.dsn("supabase_admin"))
    await listener.add_listener("mls_chat", lambda *call: heard.put_nowait(str(call[-1])))
    await append(log, alice, message(one, 1), message(two, 1), message(one, 2), message(refused, 1, epoch=7))
    await seed.bell("end")
    bells = []
    while "end" not in (bell := await asyncio.wait_for(heard.get(), 10)):
        bells.append(json.loads(bell))
    await listener.close()
    expected = [
        {"kind": "messages", "group_id": one, "head_seq": 2},
        {"kind": "messages", "group_id": two, "head_seq": 1},
    ]
    assert sorted(bells, key=str) == sorted(expected, key=str)


async def test_batches_over_the_same_groups_wait_for_each_other_and_never_deadlock(
    log: Log, seed: Seed, admin: Connection
) -> None:
    devices = await seed.devices(4)
    groups = [await seed.group(*devices) for _ in range(5)]

    async def write(device: Device, order: list[str]) -> list[Verdict]:
        verdicts = []
        for number in range(1, 21):
            verdicts += await append(log, device, *(message(group, number) for group in order))
        return verdicts

    orders = [groups, groups[::-1], groups[2:] + groups[:2], groups[3:] + groups[:3]]
    results = await asyncio.gather(*(write(device, order) for device, order in zip(devices, orders, strict=True)))
    assert all(verdict.error_code is None for verdicts in results for verdict in verdicts)
    for group in groups:
        assert [seq for seq, _ in await stored(admin, group)] == list(range(1, 81))


async def test_a_member_removed_while_a_batch_waits_is_refused(log: Log, seed: Seed, admin: Connection) -> None:
    alice, bob = await seed.devices(2)
    group = await seed.group(alice, bob)
    async with admin.transaction():
        await seed.commit(group, alice, removed=[bob])
        waiting = asyncio.create_task(append(log, bob, message(group, 1, epoch=1)))
        while not await admin.fetchval("select exists (select from pg_locks where not granted)"):
            await asyncio.sleep(0)
    assert codes(await waiting) == ["not_a_member"]
