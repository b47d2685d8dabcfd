"""The delivery channel's life: silence is noticed, the way back has patience, a wake asks at once."""

from mls_chat import events, view
from mls_chat.effects import CloseChannel, OpenChannel, SendFrame
from mls_chat.wire import frames
from world import Device, World, meet

GONE = events.ChannelClosed(1006, "")


def status(device: Device) -> str:
    return device.last(view.ConnectionView).status


def sent(device: Device) -> list[frames.ClientFrame]:
    return [frames.decode_client(e.data) for s in device.steps for e in s.effects if isinstance(e, SendFrame)]


def count(device: Device, effect: type) -> int:
    return sum(isinstance(e, effect) for step in device.steps for e in step.effects)


def alone() -> tuple[World, Device]:
    world = World()
    return world, world.device("Ada")


def test_it_opens_subscribes_and_pings() -> None:
    world, ada = alone()
    assert status(ada) == "connected"
    world.advance(95_000)
    assert [type(frame) for frame in sent(ada)] == [frames.Subscribe] + [frames.Ping] * 3
    assert count(ada, OpenChannel) == 1


def test_silence_after_a_ping_means_a_new_connection() -> None:
    world, ada = alone()
    world.server.disconnect(ada.device_id)  # half open: nothing comes, nothing tells
    world.server.sockets[ada.device_id] = (lambda frame: None, {})
    world.advance(59_000)
    assert count(ada, CloseChannel) == 0
    world.advance(2_000)
    assert (count(ada, CloseChannel), count(ada, OpenChannel)) == (1, 2)
    assert status(ada) == "connected"


def test_messages_written_into_a_dead_connection_arrive() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.server.sockets[ada.device_id] = (lambda frame: None, {})
    world.server.deaf = True
    ada.say(group_id, "into a dead line")
    world.server.deaf = False
    world.advance(90_000)
    assert bob.texts(group_id) == ["into a dead line"]
    assert ada.states(group_id) == ["sent"]


def test_patience_grows_up_to_a_bound_and_the_person_is_told() -> None:
    world, ada = alone()
    world.server.up = False
    delays = []
    ada.drop()
    for _ in range(10):
        delays.append(ada.timers["reconnect"] - world.now)
        world.advance(delays[-1])
    assert all(2**n * 250 <= delay <= 2**n * 500 for n, delay in enumerate(delays[:6]))
    assert all(15_000 <= delay <= 30_000 for delay in delays[7:])
    assert status(ada) == "offline"
    world.server.up = True
    world.advance(30_000)
    assert status(ada) == "connected"
    ada.drop()
    assert ada.timers["reconnect"] - world.now <= 500


def test_offline_by_the_browsers_word() -> None:
    world, ada = alone()
    ada.do(events.NetworkChanged(online=False))
    ada.drop()
    opened = count(ada, OpenChannel)
    world.advance(120_000)
    assert (count(ada, OpenChannel), status(ada)) == (opened, "offline")
    ada.do(events.NetworkChanged(online=True))
    assert status(ada) == "connected"


def test_waking_asks_whether_the_connection_lives() -> None:
    world, ada = alone()
    world.advance(1_000)
    ada.do(events.Woken())
    assert isinstance(sent(ada)[-1], frames.Ping)
    world.advance(6_000)
    assert count(ada, OpenChannel) == 1
    world.server.sockets[ada.device_id] = (lambda frame: None, {})
    ada.do(events.Woken())
    world.advance(6_000)
    assert (count(ada, OpenChannel), status(ada)) == (2, "connected")


def test_waking_without_a_connection_does_not_wait() -> None:
    world, ada = alone()
    world.server.up = False
    ada.drop()
    world.advance(120_000)
    world.server.up = True
    ada.do(events.Woken())
    assert status(ada) == "connected"


def test_an_answer_from_a_connection_that_is_given_up_counts_for_nothing() -> None:
    """Found in the queue of a rebuilt engine: it believed to be connected and never connected again."""
    world, ada = alone()
    stale = events.FrameReceived(frames.encode(frames.Subscribed(groups={})))
    ada._boot()
    ada.queue.appendleft(stale)
    world.run()
    assert status(ada) == "connected"
    assert count(ada, OpenChannel) == 2


def test_a_refused_token_is_renewed() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    logins = world.server.calls.count("auth_login")
    ada.push(frames.Error(code="token_expired", message="The token has expired."))
    world.run()
    world.advance(1_000)
    assert world.server.calls.count("auth_login") == logins + 1
    ada.say(group_id, "with a new token")
    assert bob.texts(group_id) == ["with a new token"]


def test_a_renewed_token_is_told_to_the_channel() -> None:
    world, ada = alone()
    world.advance(20 * 60_000)
    assert any(isinstance(frame, frames.Auth) for frame in sent(ada))
    assert count(ada, OpenChannel) == 1


def test_without_a_network_it_says_offline_at_once_though_the_socket_seems_open() -> None:
    world = World()
    ada = world.device("Ada")
    ada.do(events.NetworkChanged(online=False))
    assert ada.last(view.ConnectionView).status == "offline"
    ada.do(events.NetworkChanged(online=True))
    assert ada.last(view.ConnectionView).status == "connected"


def test_http_serves_soon_after_a_working_connection_broke() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.on_wire = False
    world.advance(30_000)
    bob.drop()
    ada.say(group_id, "are you there?")
    world.advance(12_000)
    assert bob.texts(group_id) == ["are you there?"]
