"""Checks of functions, channel and clock over the browser's own fetch, WebSocket and timers."""

import asyncio
from typing import Any

import js
import msgspec

from mls_chat.browser.channel import SocketChannel
from mls_chat.browser.clock import LONGEST_MS, BrowserClock
from mls_chat.browser.functions import FetchFunctions
from mls_chat.ports import ChannelUnreachable, FunctionRefused, FunctionUnreachable


def functions() -> FetchFunctions:
    return FetchFunctions(f"{js.location.origin}/functions/v1", "public-key")


class Listener:
    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()
        self.closed: asyncio.Queue[tuple[int, str]] = asyncio.Queue()

    def channel_frame(self, data: bytes) -> None:
        self.frames.put_nowait(data)

    def channel_closed(self, code: int, reason: str) -> None:
        self.closed.put_nowait((code, reason))


async def function_gets_body_key_and_token(facts: dict[str, Any]) -> None:
    reply = msgspec.json.decode(await functions().invoke("echo", b'{"a":1}', "the-token"))
    assert reply["body"] == '{"a":1}', reply
    assert reply["authorization"] == "Bearer the-token"
    assert (reply["apikey"], reply["content-type"]) == ("public-key", "application/json")
    reply = msgspec.json.decode(await functions().invoke("echo", b"{}", None))
    assert reply["authorization"] is None


async def refusal_carries_status_code_and_facts(facts: dict[str, Any]) -> None:
    try:
        await functions().invoke("refuse", b"{}", None)
    except FunctionRefused as refused:
        assert (refused.status, refused.code, refused.message) == (409, "stale_epoch", "too late"), refused
        assert refused.details == {"epoch": 7}
    else:
        raise AssertionError("not refused")


async def anything_else_is_unreachable(facts: dict[str, Any]) -> None:
    for name in ("html", "busy", "vanish"):
        try:
            await functions().invoke(name, b"{}", None)
        except FunctionUnreachable:
            continue
        raise AssertionError(name)


async def frames_go_both_ways(facts: dict[str, Any]) -> None:
    channel, listener = SocketChannel(str(facts["delivery"])), Listener()
    await channel.open(listener)
    frames = [b"", b"\x00\xff", b"x" * 200_000, *(number.to_bytes(2, "big") for number in range(300))]
    for frame in frames:
        channel.send(frame)
    assert [await listener.frames.get() for _ in frames] == frames
    await channel.close()
    assert listener.closed.empty()


async def close_code_reaches_the_listener_once(facts: dict[str, Any]) -> None:
    channel, listener = SocketChannel(str(facts["delivery"])), Listener()
    await channel.open(listener)
    channel.send(b"close 4401")
    assert await asyncio.wait_for(listener.closed.get(), 5) == (4401, "as told")
    try:
        channel.send(b"late")
    except ChannelUnreachable:
        pass
    else:
        raise AssertionError("sent on a closed channel")
    await channel.open(listener)
    channel.send(b"again")
    assert await listener.frames.get() == b"again"
    await channel.close()


async def channel_that_does_not_open_says_so(facts: dict[str, Any]) -> None:
    listener = Listener()
    for url in (f"{facts['delivery']}/nothing", str(facts["nobody"])):
        try:
            await SocketChannel(url).open(listener)
        except ChannelUnreachable:
            continue
        raise AssertionError(url)
    assert listener.closed.empty()


async def closed_channel_refuses_to_send(facts: dict[str, Any]) -> None:
    try:
        SocketChannel(str(facts["delivery"])).send(b"x")
    except ChannelUnreachable:
        return
    raise AssertionError("sent on a channel that was never opened")


async def timers_fire_once_or_never(facts: dict[str, Any]) -> None:
    clock, fired = BrowserClock(), asyncio.Queue[str]()
    clock.call_later(0, lambda: fired.put_nowait("cancelled")).cancel()
    far = clock.call_later(LONGEST_MS * 3, lambda: fired.put_nowait("far"))
    clock.call_later(20, lambda: fired.put_nowait("later"))
    clock.call_later(-5, lambda: fired.put_nowait("now"))
    assert [await fired.get(), await fired.get()] == ["now", "later"]
    assert fired.empty()
    far.cancel()
    far.cancel()
    assert abs(clock.now() - js.Date.now()) < 1000
