"""All targets, over one scene."""

from fuzzing.mls_targets import mls_targets
from fuzzing.plain_targets import plain_targets
from fuzzing.scene import Scene
from fuzzing.target import Target


def all_targets() -> list[Target]:
    scene = Scene()
    return [*mls_targets(scene), *plain_targets(scene)]
