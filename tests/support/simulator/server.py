"""The server of the simulation: unfair about claims, where a plan says so, and told who denies a good commit."""

from collections.abc import Callable
from typing import Any

from fake_invites import Request
from mls_chat.wire import bodies
from mls_chat.wire.records import StoredMessage
from simulator.false_server import FalseServer


class Server(FalseServer):
    """May let several members answer one request at the same moment, so that their commits race."""

    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(now)
        self._worthless = 0
        self._deniers: list[tuple[str, int]] = []
        self.denied: Callable[[str, int, str, int], None] = lambda denier, delay, group_id, seq: None
        """Set by the simulation: who denies a commit, how soon, and which."""
        self.voided: Callable[[], None] = lambda: None
        """Set by the simulation: epochs have another meaning from now on."""

    def deny_next(self, device: str, delay: int) -> None:
        """This device will say of the next commit that it can't follow it, although it can."""
        self._deniers.append((device, delay))

    def _store_commit(self, device: str, body: Any, *facts: Any) -> int:
        seq = super()._store_commit(device, body, *facts)
        if (
            self._deniers
            and self._deniers[0][0] != device
            and self._deniers[0][0] in self.groups[body.group_id].members
        ):
            self.denied(*self._deniers.pop(0), body.group_id, seq)
        return seq

    def _void(self, device: str, group_id: str, commit: StoredMessage) -> bodies.CommitFlagReply:
        self.voided()
        return super()._void(device, group_id, commit)

    def let_claims(self, change: int) -> None:
        self._worthless -= change

    def _free(self, request: Request, device: str) -> bool:
        return bool(self._worthless) or super()._free(request, device)

    def invite_pending(self, device: str, body: bodies.Empty) -> bodies.InvitePendingReply:
        """Everybody is shown another request first, while claims are worthless."""
        requests = super().invite_pending(device, body).requests
        first = list(self.devices).index(device) % len(requests) if self._worthless and requests else 0
        return bodies.InvitePendingReply(requests=requests[first:] + requests[:first])

    def _require_claim(self, request: Request, device: str) -> None:
        if not self._worthless:
            super()._require_claim(request, device)
