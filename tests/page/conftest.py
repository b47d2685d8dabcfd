"""A built page, a page server on a free port, and an upstream service that tests shape as they like."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from page_front import Front
from page_scene import scene
from stack.page_build import build
from tab_browser import Browser

__all__ = ["scene"]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, built afresh from what is cached."""
    out = tmp_path_factory.mktemp("page") / "out"
    build(out)
    return out


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    async with ClientSession(auto_decompress=False) as session:
        yield session


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    (tmp_path / "index.html").write_text("<!doctype html><title>mls-chat</title>")
    (tmp_path / "sw.js").write_text("// nothing")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "main-1.js").write_text("export {};" * 100)
    (tmp_path / "assets" / "main-1.js.br").write_bytes(b"brotli stream")
    front = Front(tmp_path)
    yield front
    await front.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    browser = Browser()
    yield browser
    await browser.close()
