"""A real browser, and pages in it that tell what they asked for and complained of."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from missing_parts import give_up

try:
    from playwright.sync_api import Browser, Page, sync_playwright
except ImportError:  # pragma: no cover (told by the fixture)
    sync_playwright = None  # type: ignore[assignment]  # a missing module

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# As root without a sandbox; and nothing that the browser itself would ask the network for.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Opened:
    """A page, the addresses it asked for, itself left out, and what it wrote to the console or raised."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def evaluate(self, script: str) -> Any:
        """What a script says in this page."""
        return self.page.evaluate(script)

    def text(self, selector: str) -> str:
        """What is to be read there."""
        return self.page.locator(selector).first.inner_text()

    def values(self, selector: str) -> list[float]:
        """The exact figures there."""
        return [
            float(text) for text in self.evaluate(f"[...document.querySelectorAll('{selector}')].map(e => e.value)")
        ]


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium. Without one the tests are skipped, but not where CI is set: it is part of what is to be shown.

    It ends with each file of tests: while it runs, its event loop does.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None or sync_playwright is None:
        give_up("NO CHROMIUM: pages are tested in a real one (apt-get install chromium; pip install playwright).")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open HTML as a file, as a person does: `open_page(html, width=400, scheme="dark")`."""
    contexts = []

    def open_(html: str, *, width: int = 1200, scheme: Literal["light", "dark"] = "light") -> Opened:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("request", lambda request: _note(opened, request.url, path.as_uri()))
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("dialog", lambda dialog: opened.complaints.append(dialog.message))
        opened.page.goto(path.as_uri())
        return opened

    yield open_
    for context in contexts:
        context.close()


def _note(opened: Opened, url: str, itself: str) -> None:
    if url != itself and not url.startswith("data:"):
        opened.requests.append(url)
