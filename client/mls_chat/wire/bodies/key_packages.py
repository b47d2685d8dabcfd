"""The key package directory."""

from mls_chat.wire.bodies.base import Body
from mls_chat.wire.records import Count


class KeyPackagesPublish(Body):
    key_packages: list[bytes]
    last_resort: bytes | None = None


class KeyPackagesPublishReply(Body):
    stock: Count


class KeyPackagesClaim(Body):
    """One key package of each live device of the user."""

    user_id: str


class ClaimedKeyPackage(Body):
    device_id: str
    key_package: bytes


class KeyPackagesClaimReply(Body):
    key_packages: list[ClaimedKeyPackage]
