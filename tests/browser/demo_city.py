"""The demo as ``make demo`` leaves it: played by the command, served by a process of its own, opened in a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from engine import demo
from tests.browser.assets_app import Visit, watch
from tests.lacking import lacking
from tests.simulation import cities
from web import vite

ROOT = Path(__file__).parents[2]
BIHUAN = Path(sys.executable).with_name("bihuan")

#: An account and how its window looks -> the first page after signing in by card.
SignedIn = Callable[..., Visit]


@pytest.fixture(scope="session")
def played_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small city as ``bihuan demo`` plays it to 15 September; tests copy it."""
    folder = tmp_path_factory.mktemp("demo")
    cities.small_city(folder / "packages" / "county_leadership")
    done = subprocess.run([BIHUAN, "demo"], env=_surroundings(folder), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def served_demo(played_demo: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server on a copy of the played demo."""
    if not (vite.DIST / ".vite" / "manifest.json").is_file():
        lacking("the browser side is not built: run `npm run build`")
    folder = Path(shutil.copytree(played_demo, tmp_path / "demo"))
    with _serving(folder) as url:
        yield url


@pytest.fixture
def sign_in(chromium: Browser, served_demo: str) -> Iterator[SignedIn]:
    opened: list[BrowserContext] = []

    def enter(account: str | None, **looks: Any) -> Visit:
        looks = {"viewport": {"width": 1300, "height": 900}, **looks}
        context = chromium.new_context(
            base_url=served_demo, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce", **looks
        )
        opened.append(context)
        visit = Visit(context.new_page())
        watch(visit.page, visit.complaints)
        visit.page.goto("/")
        if account is not None:
            _enter(visit.page, account)
            visit.page.locator(".shell-main").wait_for()
        return visit

    yield enter
    for context in opened:
        context.close()


def _enter(page: Page, account: str) -> None:
    """By the person's card, or by the password that everybody of a demo has."""
    card = page.locator(f'form:has(input[value="{account}"]) button')
    if card.count():
        card.click()
        return
    page.locator("#account").fill(account)
    page.locator("#password").fill(demo.PASSWORD)
    page.locator("#password").press("Enter")


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    log = folder / "log"
    with log.open("wb") as output:
        command = [BIHUAN, "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=_surroundings(folder), cwd=ROOT, stdout=output, stderr=output)
    try:
        _wait(f"http://127.0.0.1:{port}/livez", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0, log.read_text("utf-8")
    said = log.read_text("utf-8")
    assert "Traceback" not in said, said


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for the machine, however slow it is; a process that ended will not come round."""
    for _ in range(600):
        assert process.poll() is None, log.read_text("utf-8")
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"It never answered: {log.read_text('utf-8')}")


def _surroundings(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "BIHUAN_DATABASE_URL": f"sqlite:///{folder / 'bihuan.db'}",
        "BIHUAN_FILES_DIR": str(folder / "files"),
        "BIHUAN_PACKAGES_DIR": str(folder / "packages"),
    }
