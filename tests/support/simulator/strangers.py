"""A server that tries to bring in a device of its own: without the link's secret nobody may let it in."""

import uuid
from typing import TYPE_CHECKING, Final

from fake_invites import Request
from mls_chat.wire.bodies import InviteRequest
from mls_chat.wire.frames import InviteBell
from world import World

if TYPE_CHECKING:
    from simulator.simulation import Simulation

REFUSED: Final = "A request to join by "
REASON: Final = "the key package is not bound to the link"


def knock(sim: "Simulation") -> None:
    """A join request in the server's table whose key package is genuine, but whose MAC is not."""
    invite = next(iter(sim.server.invites.items()), None)
    if invite is None:
        return
    mallory = World().device("Mallory")
    package = mallory.engine._context.backend.generate_key_package(now=sim.now // 1000, lifetime=86_400)
    user_id, number = mallory.account["user_id"], len(sim.server.requests)
    sim.server.devices[mallory.device_id] = user_id
    forged = InviteRequest(
        request_id=str(uuid.UUID(int=9000 + number)),
        invite_id=invite[0],
        group_id=invite[1].group_id,
        user_id=user_id,
        device_id=mallory.device_id,
        key_package=package.data,
        mac=bytes(32),
        sealed_profile=bytes(64),
        created_at=sim.now,
    )
    sim.server.requests[forged.request_id] = Request(forged, invite[1].expires_at)
    sim.server._ring(forged.group_id, InviteBell(group_id=forged.group_id))
    sim.run()
