"""Whatever is done to the bytes, what comes out is a result or an MlsError, and the group goes on."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mls_rs_python import (
    Client,
    Group,
    KeyPackage,
    MlsError,
    Storage,
    StorageError,
    inspect_message,
    welcome_references,
)

TRICKY = st.sampled_from([b"\0", b"\x01", b"\x3f", b"\x40", b"\x7f", b"\x80", b"\xbf\xff\xff\xff", b"\xff\xff\xff\xff"])
Mutation = tuple[str, float, bytes]
MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "set", "cut", "insert", "delete", "copy"]),
        st.floats(0, 1, exclude_max=True),
        TRICKY | st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


def mutate(data: bytes, mutations: list[Mutation]) -> bytes:
    """Applies the mutations in order; positions are fractions of the length."""
    for kind, place, payload in mutations:
        at = int(place * len(data))
        match kind:
            case "flip":
                data = data[:at] + bytes([data[at] ^ (payload[0] or 1)]) + data[at + 1 :] if data else data
            case "set":
                data = data[:at] + payload + data[at + len(payload) :]
            case "cut":
                data = data[:at]
            case "insert":
                data = data[:at] + payload + data[at:]
            case "delete":
                data = data[:at] + data[at + len(payload) :]
            case _:
                data = data[:at] + data[: len(payload) * 4] + data[at:]
    return data


class Scene(NamedTuple):
    """A group of two, and something of every kind to spoil."""

    now: int
    inputs: dict[str, bytes]
    bob: Callable[[], Group]
    joiner: Callable[[], Client]
    stranger: Client
    entries: list[tuple[str, bytes, bytes]]
    reload: Callable[[Storage], Client]


@pytest.fixture
def scene(chat, device, now) -> Scene:
    pair, carol, dave = chat(), device(b"carol"), device(b"dave")
    pair.advance()
    pair.save()
    alice, bob = pair.groups
    package = carol.client.generate_key_package(now=now)
    inputs = {"application": alice.encrypt(b"text" * 10, authenticated_data=b"open"), "key package": package.data}
    inputs["proposal"] = alice.propose_update()
    alice.clear_pending_proposals()
    output = alice.commit(now=now, add=[package.data])
    inputs |= {"commit": output.commit, "welcome": output.welcome}
    inputs |= {"group info": alice.group_info(), "bare info": alice.group_info(with_ratchet_tree=False)}
    inputs["tree"] = alice.export_tree()
    _, inputs["external"] = dave.client.external_join(inputs["group info"], now=now)
    return Scene(
        now,
        inputs,
        lambda: pair.devices[1].copy().load_group(bob.group_id),
        carol.copy,
        dave.client,
        pair.devices[1].storage.entries(),
        pair.devices[1].over,
    )


def survives(operation: Callable[[], object]) -> None:
    """Runs it; an MlsError is an answer too, anything else is not."""
    try:
        operation()
    except MlsError as error:
        assert error.detail


many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("kind", ["application", "proposal", "commit", "external", "welcome", "group info"])
@many
@given(mutations=MUTATIONS)
def test_process(scene: Scene, kind: str, mutations: list[Mutation]) -> None:
    group = scene.bob()
    survives(lambda: group.process(mutate(scene.inputs[kind], mutations), now=scene.now))
    survives(lambda: group.encrypt(b"text"))
    survives(group.members)
    group.save()
    fresh = scene.bob()
    assert fresh.process(scene.inputs["application"], now=scene.now).kind == "application"


@pytest.mark.parametrize("kind", ["application", "proposal", "commit", "external", "welcome", "group info"])
@many
@given(mutations=MUTATIONS)
def test_headers(scene: Scene, kind: str, mutations: list[Mutation]) -> None:
    data = mutate(scene.inputs[kind], mutations)
    survives(lambda: inspect_message(data))
    survives(lambda: welcome_references(data))
    survives(lambda: KeyPackage.parse(data))


@many
@given(mutations=MUTATIONS)
def test_key_packages(scene: Scene, mutations: list[Mutation]) -> None:
    data = mutate(scene.inputs["key package"], mutations)
    group = scene.bob()
    survives(lambda: KeyPackage.parse(data))
    survives(lambda: scene.stranger.validate_key_package(data, now=scene.now))
    survives(lambda: group.commit(now=scene.now, add=[data]))
    group.clear_pending_commit()
    survives(lambda: group.propose_add(data))
    assert group.commit(now=scene.now).commit


@many
@given(mutations=MUTATIONS)
def test_welcomes(scene: Scene, mutations: list[Mutation]) -> None:
    client = scene.joiner()
    survives(lambda: client.join_group(mutate(scene.inputs["welcome"], mutations), now=scene.now))
    assert client.join_group(scene.inputs["welcome"], now=scene.now).epoch == 3


@many
@given(mutations=MUTATIONS)
def test_group_infos_and_trees(scene: Scene, mutations: list[Mutation]) -> None:
    info, tree = (mutate(scene.inputs[kind], mutations) for kind in ("group info", "tree"))
    survives(lambda: scene.stranger.external_join(info, now=scene.now))
    survives(lambda: scene.stranger.external_join(scene.inputs["bare info"], now=scene.now, ratchet_tree=tree))
    group, _ = scene.stranger.external_join(scene.inputs["group info"], now=scene.now)
    assert group.epoch == 3


@many
@given(mutations=MUTATIONS, which=st.integers(0, 100))
def test_stored_values(scene: Scene, mutations: list[Mutation], which: int) -> None:
    table, key, value = scene.entries[which % len(scene.entries)]
    damaged = mutate(value, mutations)
    storage = Storage()
    if damaged != value:
        with pytest.raises(StorageError):
            storage.load([*scene.entries, (table, key, damaged)])
    storage.load(scene.entries)
    assert scene.reload(storage).load_group(storage.group_ids()[0]).epoch == 2


@many
@given(data=st.binary(max_size=200))
def test_noise(scene: Scene, data: bytes) -> None:
    group = scene.bob()
    for header in (b"", b"\0\1\0\1", b"\0\1\0\2", b"\0\1\0\3", b"\0\1\0\4", b"\0\1\0\5"):
        survives(lambda header=header: inspect_message(header + data))
        survives(lambda header=header: group.process(header + data, now=scene.now))
    assert group.process(scene.inputs["application"], now=scene.now).kind == "application"


def test_every_single_byte_of_a_message(scene: Scene) -> None:
    original = scene.inputs["application"]
    for at in range(len(original)):
        group = scene.bob()
        with pytest.raises(MlsError):
            group.process(original[:at] + bytes([original[at] ^ 0x10]) + original[at + 1 :], now=scene.now)
