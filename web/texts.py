"""What people read: Chinese first, English second, and how dates, lags and lights are put into words.

The message ids are English; ``translations/zh`` holds the Chinese of every one of them, which a test proves. An error
carries its sentence apart from its facts, so that it is translated here and filled in afterwards.
"""

import atexit
import os
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g
from flask_babel import Babel, get_locale, gettext, lazy_gettext

from engine import calendars, people
from engine.db import SHANGHAI, Context
from engine.errors import BihuanError, Message
from web import words
from web.language import LANGUAGES, language, local_name

_ = lazy_gettext

__all__ = ["LANGUAGES", "language", "local_name"]

FOLDER = Path(__file__).parent / "translations"
WEEKDAYS = "一二三四五六日"


def register(app: Flask) -> None:
    folder, domains = compiled_catalogues()
    app.config.update(
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_TRANSLATION_DIRECTORIES=";".join([str(folder)] * len(domains)),
        BABEL_DOMAIN=";".join(domains),
    )
    Babel(app, locale_selector=language)
    app.jinja_env.globals.update(word=words.word, light=light, language=language, local_name=local_name)
    app.jinja_env.filters.update(
        day=day, moment=moment, minute=minute, number=number, points=points, percent=percent, person=person, unit=unit
    )


@cache
def compiled_catalogues() -> tuple[Path, list[str]]:
    """The folder of the compiled catalogues, made anew by each process, and their domains.

    Beside their sources they could grow stale, and an installed program may not write there.
    """
    folder = Path(mkdtemp(prefix="bihuan-texts-"))
    atexit.register(_remove, folder, os.getpid())
    target = folder / "zh" / "LC_MESSAGES"
    target.mkdir(parents=True)
    sources = sorted(FOLDER.glob("zh/LC_MESSAGES/*.po"))
    for source in sources:
        with source.open("rb") as opened, (target / source.with_suffix(".mo").name).open("wb") as out:
            write_mo(out, read_po(opened))
    return folder, [source.stem for source in sources]


def _remove(folder: Path, maker: int) -> None:
    # A forked worker that ends must not take the folder from the others.
    if os.getpid() == maker:
        rmtree(folder, ignore_errors=True)


def say(template: str, **facts: Any) -> str:
    """A sentence in the reader's language."""
    translated: str = gettext(template)
    return translated.format_map({name: _shown(value) for name, value in facts.items()}) if facts else translated


def message(found: Message) -> str:
    return say(found.template, **found.facts)


def said(error: BihuanError) -> str:
    return say(error.template, **words.facts_of(error))


HTTP_ERRORS = {
    400: _("What was sent cannot be read."),
    404: _("There is nothing here, or it is not yours to see."),
    405: _("This cannot be done here."),
    413: _("What you send is too large; send fewer or smaller files."),
    415: _("This kind of content is not accepted here."),
    422: _("What was sent is not complete; see the marked fields."),
    429: _("Too many attempts; wait a little."),
}
UNFORESEEN = _("Something went wrong; it has been noted. Try again, or tell the administrator.")


def http_error(status: int) -> str:
    return str(HTTP_ERRORS.get(status, UNFORESEEN))


def day(value: date | datetime | None, *, year: bool = False) -> str:
    """4月13日（周一）, the way deadlines are read; an instant that ends a day is that day."""
    if value is None:
        return "—"
    on = calendars.last_day(value) if isinstance(value, datetime) and _is_midnight(value) else value
    on = calendars.local_date(on) if isinstance(on, datetime) else on
    if str(get_locale()) == "en":
        return f"{on:%d %b %Y}" if year else f"{on:%a %d %b}"
    return f"{on.year}年{on.month}月{on.day}日" if year else f"{on.month}月{on.day}日（周{WEEKDAYS[on.weekday()]}）"


def minute(value: datetime | None) -> str:
    """To the minute: 4月13日 10:32."""
    if value is None:
        return "—"
    local = value.astimezone(SHANGHAI)
    return f"{local:%d %b %H:%M}" if str(get_locale()) == "en" else f"{local.month}月{local.day}日 {local:%H:%M}"


def moment(value: datetime | None) -> str:
    """For machines that read pages: ISO with its offset."""
    return value.astimezone(SHANGHAI).isoformat() if value else ""


def number(value: Decimal | int | None, places: int | None = None) -> str:
    """Thousands separated, closing zeros dropped unless ``places`` says how many; missing is not zero."""
    if value is None:
        return "—"
    if places is not None:
        return f"{rounded(value, places):,}"
    text = f"{Decimal(value):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: Decimal | int, places: int) -> Decimal:
    """Half up, as scores are shown everywhere: 89.985 is 89.99."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0  # never minus zero


def points(value: Decimal | None) -> str:
    """A lead or lag in percentage points, with its sign."""
    return "—" if value is None else say("{value} points", value=f"{rounded(value, 2):+}")


def percent(value: Decimal | None) -> str:
    return "—" if value is None else f"{rounded(value * 100, 2)}%"


def person(account: str | None) -> str:
    """An account as the person's name."""
    return names().get(account) or account or "—" if account else "—"


def names() -> "Names":
    found: Names = g.setdefault("names", Names(g.ctx))
    return found


def unit(code: str | None) -> str:
    """A unit's code as its name."""
    return people.unit(g.ctx, code).name if code else "—"


def light(ctx: Context, due: datetime | None) -> tuple[str, str]:
    """Colour and words of a date: on time, due soon (three working days), overdue, overdue long (five)."""
    if due is None:
        return "grey", say("No date")
    calendar = calendars.calendar(ctx)
    last = calendars.last_day(due) if _is_midnight(due) else calendars.local_date(due)
    left = calendar.between(ctx.today, last)
    if due <= ctx.now:
        late = max(calendar.between(last, ctx.today), 1)
        return ("red" if late > 5 else "orange"), say("{count} working days overdue", count=late)
    if left == 0:
        return "yellow", say("Due today")
    return ("yellow" if left <= 3 else "green"), say("{count} working days left", count=left)


class Names:
    """Accounts as names, looked up once for a page."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.known: dict[str, str] = {}

    def get(self, account: str) -> str | None:
        if account not in self.known:
            self.known.update(people.names(self.ctx, [account]) or {account: account})
        return self.known[account]


def _shown(value: Any) -> Any:
    if isinstance(value, Message):
        return message(value)
    if isinstance(value, datetime):
        return minute(value)
    return day(value, year=True) if isinstance(value, date) else value


def _is_midnight(value: datetime) -> bool:
    local = value.astimezone(SHANGHAI)
    return (local.hour, local.minute, local.second) == (0, 0, 0)
