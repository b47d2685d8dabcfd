"""Messages, Welcomes, key packages, GroupInfos and trees."""

from collections.abc import Callable
from typing import Final

from backends import CRYPTO, NOW
from fuzzing.scene import ADA, BOB, CLEO, DORA, EVE, Scene, rename
from fuzzing.signing import (
    signed_external_commit,
    signed_group_info,
    signed_key_package,
    unsigned_external_commit,
    unsigned_group_info,
    unsigned_leaf,
)
from fuzzing.target import Target
from mls_chat.backend import Backend
from mls_rs_python import Client, Group, KeyPackage, MlsError, Storage, inspect_message, welcome_references

ERRORS: Final = (MlsError,)


def mls_targets(scene: Scene) -> list[Target]:
    return [
        *(_process(scene, kind, seeds) for kind, seeds in _sent(scene).items()),
        _signed_external_commits(scene),
        _welcomes(scene),
        *_key_packages(scene),
        *_group_infos(scene),
        _trees(scene),
        _headers(scene),
    ]


def _target(scene: Scene, name: str, seeds: list[bytes], feed: Callable[[bytes], object], **more: bool) -> Target:
    def guarded(data: bytes) -> object:
        try:
            return feed(data)
        finally:
            scene.unchanged()

    return Target(name, seeds, guarded, ERRORS, scene.still_works, **more)


def _process(scene: Scene, kind: str, seeds: list[bytes]) -> Target:
    return _target(scene, kind, seeds, scene.bob_processes)


def _sent(scene: Scene) -> dict[str, list[bytes]]:
    """What Bob may receive, by kind."""
    texts = (b"", b"text", b"text" * 200)
    info = scene.by(ADA, lambda group: group.group_info())[0]
    lost = next(
        member.leaf_index
        for member in scene.bob.inspect_group_info(info).members
        if member.credential == scene.keys[CLEO].credential
    )
    reborn = Backend(CRYPTO, scene.keys[CLEO])
    return {
        "application message": [
            *scene.late,
            *scene.by(ADA, *(lambda group, text=text: group.encrypt(text, authenticated_data=text) for text in texts)),
            *scene.by(CLEO, *(lambda group, text=text: group.encrypt(text) for text in texts)),
        ],
        "commit": [
            *scene.by(ADA, *_commits(scene)),
            *scene.by(CLEO, *_commits(scene)),
        ],
        "external commit": [
            scene.eve.external_join(info, now=NOW, authenticated_data=b"why").commit,
            scene.eve.external_join(info, now=NOW).commit,
            reborn.external_join(info, now=NOW, remove_leaf=lost).commit,
        ],
        "proposal": [
            *scene.by(ADA, *_proposals(scene, ADA)),
            *scene.by(CLEO, *_proposals(scene, CLEO)),
        ],
    }


def _commits(scene: Scene) -> tuple[Callable[[Group], bytes], ...]:
    return (
        lambda group: group.commit(now=NOW).commit,
        lambda group: group.commit(now=NOW, add=scene.packages, authenticated_data=b"why").commit,
        lambda group: group.commit(now=NOW, add=scene.packages[:1]).commit,
        lambda group: group.commit(now=NOW, remove=[BOB]).commit,
        rename,
    )


def _proposals(scene: Scene, who: int) -> tuple[Callable[[Group], bytes], ...]:
    return (
        lambda group: group.propose_update(authenticated_data=b"why"),
        lambda group: group.propose_add(scene.dora_package),
        lambda group: group.propose_remove(BOB),
        lambda group: group.propose_remove(who),
    )


def _signed_external_commits(scene: Scene) -> Target:
    """By a stranger, who signs what he likes, but cannot make the confirmation tag for it."""
    [info] = scene.by(ADA, lambda group: group.group_info())
    commit = scene.eve.external_join(info, now=NOW, authenticated_data=b"why").commit
    secret = scene.keys[EVE].secret_key
    return _target(
        scene,
        "external commit, signed",
        [unsigned_external_commit(commit)],
        lambda content: scene.bob_processes(signed_external_commit(CRYPTO, secret, info, commit, content)),
    )


def _welcomes(scene: Scene) -> Target:
    made: list[bytes] = []
    for packages in (scene.packages, scene.packages[:1]):
        with scene.members[ADA].take(scene.group_id) as group:
            output = group.commit(now=NOW, add=packages)
        assert output.welcome is not None
        made.append(output.welcome)
        scene.go_back()

    def join(data: bytes) -> object:
        try:
            group = scene.dora.open_welcome(data, now=NOW)
            return group.epoch_authenticator, group.members(), group.context_extensions
        finally:
            assert scene.dora.pending_writes() == []

    return _target(scene, "Welcome", made, join)


def _key_packages(scene: Scene) -> list[Target]:
    def add(data: bytes) -> object:
        package = scene.bob.validate_key_package(data, now=NOW)
        with scene.bob.take(scene.group_id) as group:
            welcome = group.commit(now=NOW, add=[data]).welcome
        scene.go_back()
        assert welcome is not None
        assert welcome_references(welcome) == [package.reference]
        return package.reference

    def read(data: bytes) -> object:
        return KeyPackage.parse(data).data

    secret = scene.keys[DORA].secret_key
    leaves = [unsigned_leaf(scene.dora_package)]
    return [
        _target(scene, "key package", scene.packages, add),
        _target(scene, "key package, not verified", scene.packages, read, authentic=False),
        # by whoever holds the keys of its leaf: what it says may be anything, and its signatures are right
        _target(
            scene,
            "key package, signed",
            leaves,
            lambda leaf: add(signed_key_package(CRYPTO, secret, scene.dora_package, leaf)),
            authentic=False,
        ),
    ]


def _group_infos(scene: Scene) -> list[Target]:
    infos = [
        *scene.by(
            ADA, lambda group: group.group_info(), lambda group: group.commit(now=NOW, with_group_info=True).group_info
        ),
        *scene.by(CLEO, lambda group: group.group_info()),
    ]

    def join(info: bytes) -> object:
        seen = scene.eve.inspect_group_info(info)
        made = scene.eve.external_join(info, now=NOW)
        assert scene.eve.pending_writes() == []
        return seen.group_id, seen.epoch, seen.members, made.epoch

    secret = scene.keys[ADA].secret_key
    return [
        _target(scene, "GroupInfo", infos, join),
        # by a member: signed as it should be, whatever it says
        _target(
            scene,
            "GroupInfo, signed",
            [unsigned_group_info(info) for info in infos[:1]],
            lambda body: join(signed_group_info(CRYPTO, secret, body)),
            authentic=False,
        ),
    ]


def _trees(scene: Scene) -> Target:
    """Before a validator that accepts everybody, so that hashes and signatures have their say."""
    bare, tree = scene.by(
        ADA, lambda group: group.group_info(with_ratchet_tree=False), lambda group: group.export_tree()
    )
    keys = scene.keys[EVE]
    client = Client(
        credential=keys.credential,
        signature_secret_key=keys.secret_key,
        signature_public_key=keys.public_key,
        storage=Storage(),
        identity_validator=lambda credential, _: credential,
    )

    def look(data: bytes) -> object:
        return client.inspect_group_info(bare, ratchet_tree=data).members

    return _target(scene, "ratchet tree", [tree], look)


def _headers(scene: Scene) -> Target:
    def look(data: bytes) -> object:
        header = inspect_message(data)
        return welcome_references(data) if header.wire_format == "welcome" else header.content_type

    seeds = [seed for kind in _sent(scene).values() for seed in kind]
    seeds += _welcomes(scene).seeds
    return _target(scene, "header", seeds, look, authentic=False)
