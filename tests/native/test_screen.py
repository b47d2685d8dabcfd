"""The terminal's board: it has every line since the chat was opened, however much comes at once."""

import random
from collections import deque

import pytest

from mls_chat import effects, events
from mls_chat.native.screen import Board
from mls_chat.opened_chat import PAGE_LINES
from mls_chat.view import ChatView, EarlierView, LinesView, LineView, encode_view
from world import Device, World, meet


class Watching:
    """A board that is shown what a device shows, and asks it for what it lacks."""

    def __init__(self, device: Device, group_id: str) -> None:
        self.board, self._device, self._seen = Board(), device, len(device.shown)
        self._asked: list[events.Event] = []
        self.board.ask_earlier = lambda group_id: self._asked.append(events.EarlierRequested(group_id=group_id))
        device.do(events.ChatOpened(group_id=group_id))
        self.look()

    def look(self) -> None:
        while self._seen < len(self._device.shown):
            self._seen += 1
            self.board.show(encode_view(self._device.shown[self._seen - 1]))
            asked, self._asked = self._asked, []
            self._device.do(*asked)

    @property
    def texts(self) -> list[str]:
        assert not self.board.gap
        return [line.text for line in self.board.ordered_lines() if line.line == "text"]


@pytest.mark.parametrize("count", [1, PAGE_LINES, PAGE_LINES + 1, 250])
def test_however_much_comes_at_once_all_of_it_is_there(count: int) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for number in range(3):
        ada.say(group_id, f"{number}")
    watching = Watching(bob, group_id)
    bob.drop()
    for number in range(3, 3 + count):
        ada.say(group_id, f"{number}")
    bob.do(events.Woken())
    watching.look()
    assert watching.texts == [f"{number}" for number in range(3 + count)]


def test_much_at_once_time_after_time() -> None:
    world, draw = World(), random.Random(1)
    ada, bob, group_id = meet(world)
    watching, said = Watching(bob, group_id), 0
    for _ in range(6):
        bob.drop()
        for _ in range(draw.choice([1, 40, 70, 130])):
            ada.say(group_id, f"{said}")
            said += 1
        bob.do(events.Woken())
        bob.say(group_id, f"{said}")
        said += 1
        if draw.random() < 0.5:
            watching.look()
    watching.look()
    assert watching.texts == [f"{number}" for number in range(said)]


class SlowDisk(Device):
    """What is read arrives when it is let through."""

    def __init__(self, world: World) -> None:
        self.reads: deque[effects.ReadRows] = deque()
        super().__init__(world)

    def read(self, read: effects.ReadRows) -> None:
        self.reads.append(read)

    def let_through(self) -> None:
        super().read(self.reads.popleft())
        self.world.run()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_first_nothing_is_left_out(seed: int) -> None:
    """Messages, answers of the storage and what the board asks for, in any order."""
    world, draw = World(), random.Random(seed)
    ada, bob = world.device("Ada"), SlowDisk(world)
    bob.do(events.NameEntered(name="Bob"))
    group_id = ada.create_group("Tea")
    bob.join(ada.invite(group_id))
    watching = Watching(bob, group_id)
    bob.let_through()
    watching.look()
    said: list[str] = []
    for _ in range(40):
        match draw.choice(("away", "away", "say", "storage", "storage", "look")):
            case "away":
                bob.drop()
                for _ in range(draw.choice((2, 70, 130))):
                    said.append(f"{len(said)}")
                    ada.say(group_id, said[-1])
                bob.do(events.Woken())
            case "say":
                said.append(f"{len(said)}")
                bob.say(group_id, said[-1])
            case "storage" if bob.reads:
                bob.let_through()
            case "look":
                watching.look()
    watching.look()
    while bob.reads:
        bob.let_through()
        watching.look()
    assert watching.texts == said


def line(seq: int, text: str = "") -> LineView:
    return LineView(id=f"{seq}.0", line="text", order=seq * 1000, time=0, text=text or f"{seq}")


def chat(*seqs: int, earlier: bool = True, waiting: int = 0) -> ChatView:
    own = [LineView(id="own", line="text", order=(1 << 50) + waiting, time=0, text="own", own=True)] if waiting else []
    lines = [line(seq) for seq in seqs] + own
    return ChatView(group_id="g", name="Tea", state="active", lines=lines, earlier=earlier)


def earlier(*seqs: int) -> EarlierView:
    return EarlierView(group_id="g", lines=[line(seq) for seq in seqs], earlier=True)


def shown(*views: ChatView | EarlierView | LinesView) -> tuple[Board, list[str]]:
    board, asked = Board(), list[str]()
    board.ask_earlier = asked.append
    for each in views:
        board.show(encode_view(each))
    return board, asked


def orders(board: Board) -> list[int]:
    return [each.order // 1000 for each in board.ordered_lines() if each.order < 1 << 50]


def test_a_second_gap_is_filled_with_the_first() -> None:
    views = (chat(1, 2), chat(11, 12), chat(21, 22), earlier(12, 20))
    board, asked = shown(*views)
    assert (orders(board), board.gap, len(asked)) == ([1, 2, 12, 20, 21, 22], True, 3)
    board, asked = shown(*views, earlier(2, 11))
    assert (orders(board), board.gap, len(asked)) == ([1, 2, 11, 12, 20, 21, 22], False, 3)


def test_a_message_of_ones_own_that_waits_joins_nothing() -> None:
    board, asked = shown(chat(1, 2, waiting=7), chat(11, 12, waiting=7))
    assert (board.gap, asked) == (True, ["g"])


def test_lines_that_were_taken_out_of_the_page_are_gone() -> None:
    board, asked = shown(chat(1, 2, 3, 4), chat(2, 4))
    assert (orders(board), board.gap, asked) == ([1, 2, 4], False, [])


def test_another_chat_begins_anew() -> None:
    other = ChatView(group_id="other", name="Coffee", state="active", lines=[line(30)], earlier=True)
    board, asked = shown(chat(1, 2), chat(11, 12), other)
    assert (orders(board), board.gap, asked) == ([30], False, ["g"])
