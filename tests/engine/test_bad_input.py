"""Whatever comes in by wire or page: no exception leaves the engine, and the group goes on."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mls_chat import effects, events
from mls_chat.wire import frames
from mls_chat.wire.bodies import ENDPOINTS
from world import Device, World, meet

ATTEMPTS = settings(max_examples=200, derandomize=True, deadline=None, database=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
NUMBERS = st.sampled_from([-1, 0, 1, 2, 5, 2**31, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**70]) | st.integers()


class Group:
    """Two people, one of whom hears strange things; made once, since each attempt must leave the group usable."""

    def __init__(self) -> None:
        self.world = World()
        self.ada, self.bob, self.group_id = meet(self.world)
        self.ada.say(self.group_id, "before")
        self.number = 0

    def hears(self, *strange: events.Event) -> None:
        """The engine alone: what it asks for is stored, and not carried out."""
        for event in strange:
            step = self.bob.engine.handle(event, self.world.now)
            for write in step.writes:
                self.bob.write(write)

    def goes_on(self) -> None:
        self.number += 1
        self.bob.start()
        self.world.advance(1_000)
        self.ada.say(self.group_id, f"{self.number} to Bob")
        self.bob.say(self.group_id, f"{self.number} to Ada")
        expected = [f"{self.number} to Bob", f"{self.number} to Ada"]
        assert self.bob.texts(self.group_id)[-2:] == self.ada.texts(self.group_id)[-2:] == expected


@pytest.fixture(scope="module")
def group() -> Group:
    return Group()


def frame_of(device: Device, tag: str, fields: dict[str, Any]) -> events.FrameReceived:
    return events.FrameReceived(msgspec.msgpack.encode({"type": tag} | fields))


@ATTEMPTS
@given(data=st.binary(max_size=300))
def test_random_bytes_as_a_frame(group: Group, data: bytes) -> None:
    group.hears(events.FrameReceived(data))


@ATTEMPTS
@given(place=st.integers(min_value=0), flip=st.integers(1, 255), cut=st.integers(0, 5))
def test_mutated_frames(group: Group, place: int, flip: int, cut: int) -> None:
    log = group.world.server.groups[group.group_id].log
    good = frames.encode(frames.Deliver(group_id=group.group_id, messages=log[-2:]))
    data = bytearray(good)
    data[place % len(data)] ^= flip
    group.hears(events.FrameReceived(bytes(data)), events.FrameReceived(good[: len(good) - cut]))


@ATTEMPTS
@given(
    body=st.binary(max_size=100) | JSON.map(lambda value: msgspec.json.encode(value)),
    name=st.sampled_from(list(ENDPOINTS)),
)
def test_random_replies(group: Group, body: bytes, name: str) -> None:
    for call_id in (f"{name}:{group.group_id}#1", f"{name}:#2", f"{name}:login#3", name):
        group.hears(events.FunctionReturned(call_id, body))


def test_the_group_is_unharmed_by_random_bytes(group: Group) -> None:
    group.goes_on()


@ATTEMPTS
@given(
    tag=st.sampled_from(["sent", "subscribed", "removed", "error", "welcome", "invite", "pong", "signal"]),
    data=st.data(),
)
def test_well_formed_frames_with_strange_contents(group: Group, tag: str, data: st.DataObject) -> None:
    text = st.sampled_from(
        [group.group_id, group.bob.device_id, "", "\x00", "token_expired", "stale_epoch", "x" * 1000]
    )
    number, draw = data.draw(NUMBERS), data.draw
    number = max(-(2**63), min(number, 2**64 - 1))
    fields: dict[str, Any] = {
        "sent": {"group_id": draw(text), "client_seq": number, "message_id": draw(text), "server_seq": number}
        | {"server_time": number},
        "subscribed": {"groups": {draw(text): number}},
        "removed": {"group_id": draw(text)},
        "error": {"code": draw(text), "message": draw(text), "group_id": draw(text), "message_id": draw(text)}
        | {"epoch": number},
        "welcome": {"request_id": draw(text), "group_id": draw(text)},
        "invite": {"group_id": draw(text)},
        "pong": {"timestamp": number},
        "signal": {"group_id": draw(text), "device_id": draw(text), "mls_bytes": b"x"},
    }
    group.hears(frame_of(group.bob, tag, fields[tag]))


@settings(ATTEMPTS, max_examples=60)
@given(data=st.data())
def test_every_reply_with_strange_numbers_and_texts(data: st.DataObject) -> None:
    """A good reply of the right shape, one field of which is replaced, to a call that is truly open."""
    world = World()
    ada, _bob, group_id = meet(world)
    ada.slow = True
    ada.push(frames.Removed(group_id=group_id))
    ada.do(
        events.InviteRequested(group_id=group_id),
        events.MembersOpened(group_id=group_id),
        events.GroupRequested(name="Coffee"),
        events.TimerFired("token"),
        events.TimerFired("poll"),
    )
    held, ada.held = ada.held, []
    for answer in held:
        assert isinstance(answer, events.FunctionReturned)
        reply = msgspec.json.decode(answer.body)
        field = data.draw(st.sampled_from(sorted(reply) or [""]))
        reply[field] = data.draw(NUMBERS | st.text(max_size=5) | st.none() | st.just([]))
        ada.do(events.FunctionReturned(answer.call_id, msgspec.json.encode(reply)))
        for timer in (e for s in ada.steps for e in s.effects if isinstance(e, effects.SetTimer)):
            assert 0 <= timer.delay_ms < 2**31
    ada.slow = False
    ada.start()
    world.advance(1_000)
    ada.say(group_id, "unharmed")
    assert ada.texts(group_id)[-1] == "unharmed"


@ATTEMPTS
@given(value=JSON, extra=st.text(max_size=5))
def test_page_events_of_a_wrong_shape_are_refused(value: Any, extra: str) -> None:
    names = ["name_entered", "text_entered", "chat_opened", "network_changed", "", "started"]
    for name in names:
        for body in (value, {"event": name, "text": value}, {"event": name, "name": 1}, {"event": name, extra: value}):
            try:
                event = events.decode_page_event(msgspec.json.encode(body))
            except msgspec.DecodeError:
                continue
            assert isinstance(event, events.PageEvent)


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"event":"name_entered","name":"\ud800"}', b'{"event":"name_entered","name":"\xff"}',
     '{"event":"name_entered","name":' + "[" * 100_000, '{"event":"name_entered","name":"x","more":1}'],
)  # fmt: skip
def test_page_text_that_is_no_event(text: str | bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        events.decode_page_event(text)


@ATTEMPTS
@given(data=st.data())
def test_page_events_of_any_contents(group: Group, data: st.DataObject) -> None:
    text = st.text(st.characters(), max_size=30) | st.sampled_from([group.group_id, "join=x.y", "#join=", "\ud800"])
    made: list[st.SearchStrategy[Any]] = [
        st.builds(events.NameEntered, name=text),
        st.builds(events.ChatOpened, group_id=st.none() | text),
        st.builds(events.EarlierRequested, group_id=text),
        st.builds(events.TextEntered, group_id=text.filter(lambda value: value != group.group_id), text=text),
        st.builds(events.RetryRequested, group_id=text, id=text),
        st.builds(events.LinkOpened, fragment=text),
        st.builds(events.MembersOpened, group_id=text),
        st.builds(events.NetworkChanged, online=st.booleans()),
        st.sampled_from([events.JoinRequested(), events.LinkClosed(), events.MembersClosed(), events.Woken()]),
    ]
    group.hears(*data.draw(st.lists(st.one_of(made), max_size=6)))


def test_the_group_is_unharmed_after_all(group: Group) -> None:
    group.bob.start()
    group.goes_on()
    assert group.bob.problems(group.group_id) == []
