"""The application itself on a small city, served to a real browser, with people of the city signed in by card."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from engine.db import set_clock
from tests.assessment import years
from tests.assessment.town import Town
from tests.browser.assets_app import Visit, watch
from tests.browser.serving import address_of
from tests.lacking import lacking
from web import create_app, vite

#: An account and a path -> the page, opened by that person in a window of their own.
Entering = Callable[[str, str], Visit]
#: The modeler is handed out when everything is drawn.
REMEMBER = """addEventListener('bihuan:drawn', ({ detail }) => {
  window.drawn = detail;
  document.documentElement.dataset.drawn = '';
})"""


@pytest.fixture
def collecting(tmp_path: Path) -> Iterator[Town]:
    """The morning of 1 April: the sheets are open and empty."""
    with years.collecting(tmp_path) as made:
        yield made


@pytest.fixture
def entering(chromium: Browser, collecting: Town) -> Iterator[Entering]:
    if not (vite.DIST / ".vite" / "manifest.json").is_file():
        lacking("the browser side is not built: run `npm run build`")
    with served(collecting) as url:
        windows = _Windows(chromium, url)
        yield windows.enter
        windows.close()


@contextmanager
def served(town: Town) -> Iterator[str]:
    """The address of the application on the town, at the town's present moment."""
    with town.by() as ctx:
        set_clock(ctx, town.now)
    with address_of(create_app(database=town.database)) as address:
        yield address


def drawn(page: Page) -> None:
    """Wait until the designer has drawn."""
    page.locator("html[data-drawn]").wait_for()


@dataclass
class _Windows:
    chromium: Browser
    url: str
    opened: list[BrowserContext] = field(default_factory=list)

    def enter(self, account: str, path: str) -> Visit:
        context = self.chromium.new_context(
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=self.url,
            viewport={"width": 1300, "height": 900},
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.opened.append(context)
        context.add_init_script(REMEMBER)
        # Time goes on as it does, and may be moved ahead, so that nobody waits for an autosave.
        context.clock.install()
        visited = Visit(context.new_page())
        watch(visited.page, visited.complaints)
        visited.page.goto("/")
        visited.page.locator(f'form:has(input[value="{account}"]) button').click()
        visited.page.goto(path)
        return visited

    def close(self) -> None:
        for context in self.opened:
            context.close()
