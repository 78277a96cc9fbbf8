"""A tiny server for the browser side alone: static pages, and answers as the real server would give them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask, Response, jsonify, render_template, request
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.serving import address_of
from web import vite

HERE = Path(__file__).parent
CHROMIUM = Path("/usr/bin/chromium")
LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Only the pages whose libraries write style attributes get the wider policy.
WIDER = {"task", "designer"}


@dataclass
class Recorded:
    """What the pages sent, and the answers a test has prepared: path -> (status, document)."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def to(self, path: str, method: str | None = None) -> list[dict[str, Any]]:
        return [one for one in self.requests if one["path"] == path and method in (None, one["method"])]


def create_app(recorded: Recorded) -> Flask:
    app = Flask(
        __name__, template_folder=str(HERE / "pages"), static_folder=str(vite.DIST.parent), static_url_path="/static"
    )
    vite.register(app)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600

    @app.after_request
    def secure(response: Response) -> Response:
        wider = "; style-src-attr 'unsafe-inline'" if (request.view_args or {}).get("name") in WIDER else ""
        response.headers["Content-Security-Policy"] = STRICT + wider
        return response

    @app.get("/p/<name>")
    def shown(name: str) -> str:
        return render_template(
            f"{name}.html", lang=request.args.get("lang", "zh-CN"), readonly="readonly" in request.args
        )

    @app.get("/favicon.ico")
    def favicon() -> tuple[str, int]:
        return "", 204

    @app.get("/livez")
    def livez() -> str:
        return "ok"

    @app.get("/files/<path:name>")
    def file(name: str) -> Response:
        kind = "application/json" if name.endswith(".json") else "application/xml"
        response = Response((HERE / "pages" / name).read_text("utf-8"), content_type=kind)
        response.headers["ETag"] = "7"
        return response

    @app.route("/act/<path:path>", methods=["GET", "POST", "PUT"])
    def act(path: str) -> tuple[Response, int]:
        recorded.requests.append(
            {
                "path": f"/act/{path}",
                "method": request.method,
                "headers": {key.title(): text for key, text in request.headers.items()},
                "form": request.form.to_dict(),
                "files": {key: (one.filename, one.read()) for key, one in request.files.items()},
                "json": request.get_json(silent=True),
                "text": "" if request.files or request.form else request.get_data(as_text=True),
            }
        )
        status, document = recorded.answers.get(f"/act/{path}", (200, {"saved_at": "2026-09-15T10:31:05+08:00"}))
        if isinstance(document, str):
            return Response(document, content_type="text/html; charset=utf-8"), status
        return jsonify(document), status

    return app


def lacking(reason: str) -> NoReturn:
    """Skip for want of a component; where everything is installed on purpose, its absence is a failure."""
    if os.environ.get("BIHUAN_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture(scope="session")
def address(recorded: Recorded) -> Iterator[str]:
    if not (vite.DIST / ".vite" / "manifest.json").is_file():
        lacking("the browser side is not built: run `npm run build`")
    with address_of(create_app(recorded)) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        lacking("Chromium is not installed")
    # How long a page may take is asserted nowhere; a busy machine needs more than the five seconds of a quiet one.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    """One window for all visits: what the browser has read and compiled once need not be read again."""
    context = chromium.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", base_url=address, permissions=["clipboard-read", "clipboard-write"]
    )
    # Time goes on as it does, and may be moved ahead, so that nobody waits for an autosave.
    context.clock.install()
    yield context
    context.close()


@dataclass
class Visit:
    """One page with what went wrong on it: console errors, refusals of the policy, exceptions."""

    page: Page
    complaints: list[str] = field(default_factory=list)


Visiting = Callable[..., Visit]


@pytest.fixture
def visit(window: BrowserContext, recorded: Recorded) -> Iterator[Visiting]:
    recorded.requests.clear()
    recorded.answers.clear()

    def open_page(path: str, *, width: int = 1360, height: int = 900, dark: bool = False) -> Visit:
        page = window.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        visited = Visit(page)
        watch(page, visited.complaints)
        page.goto(path)
        return visited

    yield open_page
    for page in window.pages:
        page.evaluate("localStorage.clear()")
        page.close()


def watch(page: Page, complaints: list[str]) -> None:
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))


@contextmanager
def unreachable(visited: Visit, pattern: str) -> Iterator[None]:
    """No answer comes from addresses that match ``pattern``, as on a broken line."""
    visited.page.route(pattern, lambda route: route.abort("internetdisconnected"))
    yield
    visited.page.unroute(pattern)
