"""The unread count is what others wrote since somebody looked, whatever happens in between."""

import random
from collections.abc import Callable

from mls_chat import events, view
from world import Device, World, meet

SEQUENCES = 120
STEPS = 90


class Reader:
    """Bob's chat, and how many messages of it nobody has looked at by the model."""

    def __init__(self) -> None:
        self.world = World()
        self.ada, self.bob, self.group_id = meet(self.world)
        self.bob.do(events.ChatOpened(group_id=None))
        self.looks = False
        self.unread = 0
        self.said = 0

    def they_write(self) -> None:
        self.said += 1
        self.ada.say(self.group_id, f"no. {self.said}")
        self.unread += not self.looks

    def i_write(self) -> None:
        self.bob.say(self.group_id, "mine")

    def look(self) -> None:
        self.bob.do(events.ChatOpened(group_id=self.group_id))
        self.looks, self.unread = True, 0

    def look_away(self) -> None:
        self.bob.do(events.ChatOpened(group_id=None))
        self.looks = False

    def restart(self) -> None:
        self.bob.start()
        self.looks = False

    def go_offline_and_come_back(self) -> None:
        self.bob.drop()
        self.they_write()
        self.world.advance(40_000)

    def shown(self, device: Device) -> int:
        return device.last(view.ChatsView).chats[0].unread


def test_ten_thousand_steps_in_any_order() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    for _ in range(SEQUENCES):
        reader = Reader()
        ways: list[Callable[[], None]] = [reader.they_write] * 4 + [
            reader.i_write,
            reader.look,
            reader.look_away,
            reader.restart,
            reader.go_offline_and_come_back,
        ]
        for _ in range(STEPS):
            draw.choice(ways)()
            assert reader.shown(reader.bob) == reader.unread
