"""The page's types say what the engine's structs say."""

import importlib.util
from types import ModuleType
from typing import Any, Literal

import msgspec
import pytest

from mls_chat import view
from mls_chat.events import decode_page_event
from stack.page_cache import ROOT


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_types", ROOT / "client" / "web" / "generate_types.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_file_is_up_to_date(generator: ModuleType) -> None:
    assert generator.TARGET.read_text() == generator.generate(), "run python client/web/generate_types.py"


def test_every_view_and_event_is_there(generator: ModuleType) -> None:
    text = generator.generate()
    for name in ("NoticeView", "ChatSummary", "LineView", "TabView", "NameEntered", "FromPage"):
        assert f"export interface {name} {{" in text


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (str, "string"),
        (int | None, "number | null"),
        (list[Literal["a", "b"]], '("a" | "b")[]'),
        (list[view.LineView], "LineView[]"),
    ],
)
def test_type_text(generator: ModuleType, annotation: Any, text: str) -> None:
    assert generator.type_text(annotation) == text


@pytest.mark.parametrize("annotation", [bytes, dict[str, int], object])
def test_what_json_can_not_say_is_refused(generator: ModuleType, annotation: Any) -> None:
    with pytest.raises(TypeError):
        generator.type_text(annotation)


@pytest.mark.parametrize("text", ['{"event":"unknown"}', '{"event":"name_entered"}', "[]", '{"event":"woken","x":1}'])
def test_engine_refuses_what_the_types_do_not_allow(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_page_event(text)
