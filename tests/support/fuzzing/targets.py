"""All targets, over one scene."""

from fuzzing.account_targets import account_targets
from fuzzing.mls_targets import mls_targets
from fuzzing.plain_targets import plain_targets
from fuzzing.scene import Scene
from fuzzing.target import Target


def all_targets() -> list[Target]:
    scene = Scene()
    return [*mls_targets(scene), *plain_targets(scene), *account_targets()]
