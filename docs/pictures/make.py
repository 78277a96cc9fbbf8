"""The pictures of the README: the demo city at three moments of its year, as the people of its first page see it.

    python docs/pictures/make.py [--only NAME]...

The city is played into a temporary folder (some minutes), served on a free port, and photographed in headless Chromium,
once in Chinese and once in English; the WebP files land beside this script. ``--keep FOLDER`` keeps the played city there
for the next run. Needs Chromium and a built browser side.
"""

import base64
import csv
import logging
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from engine import migrations, simulation
from engine.db import SHANGHAI, Database
from engine.operations import registry
from engine.settings import Settings
from web import create_app

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "processes" / "county_leadership"
CHROMIUM = "/usr/bin/chromium"
LAUNCH = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
WIDTH, HEIGHT = 1300, 820
SHARPNESS = 0.82
#: Reported figures of the round whose sheet is photographed while it is typed.
ROUND = "2026-03-31"

TO_WEBP = """async ([png, quality]) => {
  const bytes = Uint8Array.from(atob(png), (each) => each.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}"""


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    #: Who sees it.
    account: str
    #: Goes to what is photographed, from any page of that person.
    go: Callable[[Page], object]
    height: int = HEIGHT
    #: What alone is photographed; the window without.
    part: str | None = None


def at(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


def first_task(page: Page) -> None:
    """The first task of the inbox that is one matter's, with its form and its diagram."""
    page.goto("/?process=rectification")
    tasks = page.locator("a[data-open]").evaluate_all("links => links.map((each) => each.getAttribute('href'))")
    page.goto(next(each for each in tasks if not each.endswith("/together")))


def matter(page: Page) -> None:
    """A matter that was closed, with all that was done for it."""
    page.goto("/ledger?standing=closed")
    page.locator('a[href^="/items/"]').first.click()


def letter(page: Page) -> None:
    """The unit's newest letter."""
    page.goto("/units/B07")
    page.locator('a[href^="/letters/"]').first.click()


def designer(page: Page) -> None:
    """A deployed process with one of its tasks chosen."""
    page.goto("/designer/county_leadership/rectification")
    page.locator('[data-element-id="approve_plan"] .djs-hit').first.click()
    page.get_by_text(re.compile("^(办理人|User assignment)$")).click()


def typed_sheet(page: Page) -> None:
    """A sheet half way: the figures of one indicator are pasted, those of the next begun."""
    page.goto("/rounds/april/sheets/D01")
    if page.locator('[data-cell="A01/E01/reported"]').input_value() == "":
        paste(page, "A01/E01/reported", figures("E01"))
        paste(page, "A01/E13/reported", figures("E13")[:9])
        page.wait_for_timeout(3000)
    page.locator('[data-cell="B04/E13/reported"]').focus()


def paste(page: Page, cell: str, block: Sequence[str]) -> None:
    page.locator(f'[data-cell="{cell}"]').focus()
    page.evaluate("text => navigator.clipboard.writeText(text)", "\n".join(block) + "\n")
    page.keyboard.press("Control+v")
    page.locator(".sheet-dialog .btn-primary").click()


def figures(indicator: str) -> list[str]:
    """What the demo's files report for the round, unit by unit."""
    with (PACKAGE / "demo" / "values.csv").open(encoding="utf-8", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if (row["indicator"], row["as_of"]) == (indicator, ROUND)]
    return [row["reported"] for row in sorted(rows, key=lambda row: row["unit"])]


def moment(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, tzinfo=SHANGHAI)


#: Moment of the city -> what is photographed then.
ALBUM: dict[datetime, tuple[Picture, ...]] = {
    moment(2026, 4, 2): (Picture("entry-sheet", "d01_clerk", typed_sheet),),
    moment(2026, 9, 15): (
        Picture("inbox", "lead1", at("/")),
        Picture("task", "b07_clerk", first_task, height=1540),
        Picture("loop-board", "lead1", at("/loop"), height=1100),
        Picture("matter", "lead1", matter, height=1100),
        Picture("letter", "b07_leader", letter, part=".paper"),
        Picture("designer", "designer1", designer, height=900),
    ),
    moment(2027, 3, 31): (
        Picture("results", "lead1", at("/results"), height=900),
        Picture("unit-result", "b07_leader", at("/results/B07"), height=900),
    ),
}


@click.command()
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of the played city, used again by the next run.")
@click.option("--only", multiple=True, help="Name of a picture; all without.")
def main(keep: Path | None, only: tuple[str, ...]) -> None:
    """Make the pictures of the README."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = (keep or Path(made)).resolve()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=LAUNCH)
        for until, pictures in ALBUM.items():
            wanted = [each for each in pictures if not only or each.name in only]
            if wanted:
                with served(city(folder, until), folder) as address:
                    for file in [made for each in wanted for made in photograph(browser, address, each)]:
                        click.echo(f"{file.relative_to(HERE.parents[1])} {file.stat().st_size // 1024} kB")
        browser.close()


def city(folder: Path, until: datetime) -> Path:
    """The database of the demo city at a moment, played on from the moment before where that is kept."""
    made = folder / f"{until:%Y-%m-%d}.db"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "files").mkdir(exist_ok=True)
        playing = folder / "playing.db"
        database = open_database(playing, folder)
        migrations.upgrade(database.engine)
        # As `bihuan demo` does: people of the first page have work left on their desks, until the year is over.
        simulation.play(database, PACKAGE, until, seed=1, demo_holds=until.year == 2026)
        database.dispose()
        # What the camera's hands type is not part of the year that is played on.
        shutil.copyfile(playing, made)
    return made


@contextmanager
def served(file: Path, folder: Path) -> Iterator[str]:
    database = open_database(file, folder)
    server = make_server("127.0.0.1", 0, create_app(database=database), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    database.dispose()


def open_database(file: Path, folder: Path) -> Database:
    return Database(Settings(database_url=f"sqlite:///{file}", files_dir=folder / "files"), registry)


def photograph(browser: Browser, address: str, picture: Picture) -> Iterator[Path]:
    for language, locale in LANGUAGES.items():
        context = browser.new_context(
            base_url=address,
            locale=locale,
            timezone_id="Asia/Shanghai",
            viewport={"width": WIDTH, "height": picture.height},
            permissions=["clipboard-read", "clipboard-write"],
        )
        page = signed_in(context, picture.account, language)
        picture.go(page)
        yield save(page, picture, HERE / f"{picture.name}-{language}.webp")
        context.close()


def signed_in(context: BrowserContext, account: str, language: str) -> Page:
    page = context.new_page()
    page.goto(f"/language/{language}")
    page.locator(f'form:has(input[value="{account}"]) button').click()
    return page


def save(page: Page, picture: Picture, file: Path) -> Path:
    page.wait_for_load_state("networkidle")
    # Diagrams and charts are drawn after the page has come.
    page.wait_for_timeout(1500)
    png = page.locator(picture.part).screenshot() if picture.part else page.screenshot()
    blank = page.context.new_page()
    webp = blank.evaluate(TO_WEBP, [base64.b64encode(png).decode(), SHARPNESS])
    file.write_bytes(base64.b64decode(webp))
    return file


if __name__ == "__main__":
    main()
