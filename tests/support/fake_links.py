"""Offers of devices that wait to be linked, and the sealed answers to them, in memory (see tests/contract)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fake_ledger import Ledger, refuse, require
from mls_chat.wire import bodies
from mls_chat.wire.limits import LINK_SECONDS, MAX_LINK_BYTES

CODE: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{20}")


@dataclass
class Link:
    offer: bytes
    expires_at: int
    sealed: bytes | None = None


class Links(Ledger):
    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(now)
        self.links: dict[str, Link] = {}

    def link_offer(self, _device: str, body: bodies.LinkOffer) -> bodies.Empty:
        require(CODE.fullmatch(body.code) is not None and 0 < len(body.offer) <= MAX_LINK_BYTES)
        known = self._link(body.code)
        if known is None:
            self.links[body.code] = Link(body.offer, self._now() + LINK_SECONDS * 1000)
        elif known.offer != body.offer:
            raise refuse(409, "link_taken")
        return bodies.Empty()

    def _link(self, code: str) -> Link | None:
        link = self.links.get(code)
        return link if link is not None and link.expires_at > self._now() else None

    def _known_link(self, code: str) -> Link:
        require(CODE.fullmatch(code) is not None)
        link = self._link(code)
        if link is None:
            raise refuse(404, "link_unknown")
        return link

    def link_look(self, _device: str, body: bodies.LinkLook) -> bodies.LinkLookReply:
        return bodies.LinkLookReply(offer=self._known_link(body.code).offer)

    def link_answer(self, _device: str, body: bodies.LinkAnswer) -> bodies.Empty:
        require(0 < len(body.sealed) <= MAX_LINK_BYTES)
        link = self._known_link(body.code)
        if link.sealed not in (None, body.sealed):
            raise refuse(409, "link_taken")
        link.sealed = body.sealed
        return bodies.Empty()

    def link_poll(self, _device: str, body: bodies.LinkPoll) -> bodies.LinkPollReply:
        return bodies.LinkPollReply(sealed=self._known_link(body.code).sealed)
