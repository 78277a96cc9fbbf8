"""Between HTTP and the engine: one request is one transaction, a refusal becomes a page or a problem document.

``door`` opens the transaction; returning commits, raising undoes. A changing call may carry ``Idempotency-Key``: the same
key twice is one effect and the same answer.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy import make_url
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from engine.db import Context, Database, transaction
from engine.errors import BihuanError, Broken, Conflict, Forbidden, Invalid, NotFound, Refused
from engine.people import Locked, SignInRefused
from engine.requests import Answer, once
from engine.settings import Settings, WrongSetting
from engine.workflow import absence
from web import groups, texts, words

P = ParamSpec("P")
View = Callable[Concatenate[Context, P], ResponseReturnValue]

logger = structlog.get_logger()
csrf = CSRFProtect()
#: The views that need no sign-in.
_public: set[Callable[..., Any]] = set()

#: Error -> status; the first that fits.
STATUS: tuple[tuple[type[BihuanError], int], ...] = (
    (SignInRefused, 401),
    (Locked, 429),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Invalid, 422),
    (Refused, 409),
    (Broken, 500),
)
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: form-js and the designer position their parts by style attributes; no script gains anything by them.
WITH_STYLE_ATTRIBUTES = STRICT.replace("style-src 'self'", "style-src 'self'; style-src-attr 'unsafe-inline'")


class PageExpired(Refused):
    """The page was open too long; reload it and do it again."""

    code = "page_expired"


class _Json(DefaultJSONProvider):
    """A number with a fraction is an exact decimal, never a float."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return super().loads(s, parse_float=Decimal, **kwargs)


class _RowId(IntegerConverter):
    """A number no row can have leads nowhere."""

    def __init__(self, map: Map, **bounds: Any) -> None:
        super().__init__(map, **{"max": 2**63 - 1, **bounds})


def register(app: Flask, database: Database) -> None:
    """Must come before the routes, which take their converters from here."""
    settings = database.settings
    app.json = _Json(app)
    app.url_map.converters["int"] = _RowId
    app.extensions["bihuan"] = database
    app.config.update(
        SECRET_KEY=_secret(settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=settings.idle_minutes),
        # A form carries several files; each is checked against its own limit where it is stored.
        MAX_CONTENT_LENGTH=settings.upload_megabytes * 10 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_HEADERS=["X-CSRF-Token"],
    )
    csrf.init_app(app)
    app.register_error_handler(BihuanError, refused)
    app.register_error_handler(CSRFError, _token_refused)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_secure)


def database() -> Database:
    found: Database = current_app.extensions["bihuan"]
    return found


def door(
    *, writes: bool = False, public: bool = False, style_attributes: bool = False
) -> Callable[[View[P]], Callable[P, ResponseReturnValue]]:
    """A view that receives the transaction's context first.

    ``writes`` takes the write lock and lets it change things; ``public`` needs no sign-in.
    """

    def declare(view: View[P]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def enter(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not public and not current_user.is_authenticated:
                return _sign_in_first()
            if (
                not public
                and current_user.must_change
                and request.endpoint not in ("account.password", "account.change", "inbox.sign_out")
            ):
                return redirect(url_for("account.password"), 303)
            g.style_attributes = style_attributes
            key = request.headers.get("Idempotency-Key") if writes else None
            with transaction(database(), actor=_account(), key=key, reading=not writes) as ctx:
                g.ctx = ctx
                _act_for(ctx)
                return _once(ctx, lambda: make_response(view(ctx, *args, **kwargs)))

        if public:
            _public.add(enter)
        return enter

    return declare


def _act_for(ctx: Context) -> None:
    """In whose name the person acts: as chosen for the session, or by a program for one call. Raises ``NotAgent``."""
    account = request.headers.get("X-On-Behalf-Of") or session.get("acting_for")
    if not account or ctx.actor is None:
        return
    try:
        absence.act_for(ctx, account)
    except absence.NotAgent:
        # It has come to its end: said once, and from the next page on one is oneself again.
        session.pop("acting_for", None)
        raise


def is_page() -> bool:
    """Whether the caller wants a page; else a problem document."""
    return (
        not request.path.startswith("/api/")
        and request.accept_mimetypes.best_match(["text/html", "application/json"]) == "text/html"
    )


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """An RFC 9457 problem document."""
    response = jsonify({"type": "about:blank", "status": status, "code": code, "detail": detail, **more})
    response.status_code, response.content_type = status, "application/problem+json"
    return response


def _once(ctx: Context, act: Callable[[], Response]) -> Response:
    account = _account()
    if ctx.key is None or account is None:
        return act()
    answer = once(ctx, account, f"{request.method} {request.path}", lambda: _answer(act()))
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    if answer.location:
        response.headers["Location"] = answer.location
    return response


def _answer(response: Response) -> Answer:
    location = response.headers.get("Location")
    return Answer(response.status_code, response.content_type or "", location, response.get_data())


def _account() -> str | None:
    return current_user.account if current_user.is_authenticated else None


def _sign_in_first() -> ResponseReturnValue:
    if is_page():
        return redirect(url_for("inbox.home", next=request.full_path if request.method == "GET" else None), 303)
    return problem(401, "sign_in_required", texts.say("Sign in first."))


def _token_refused(_: CSRFError) -> ResponseReturnValue:
    """The token ended with the session: who is no longer in has to sign in again, not to reload."""
    is_stranger = not current_user.is_authenticated
    if is_stranger and current_app.view_functions.get(request.endpoint or "") not in _public:
        return _sign_in_first()
    return refused(PageExpired())


def refused(error: BihuanError) -> ResponseReturnValue:
    """The refusal as a page for a person, as a problem document for a program."""
    # The transaction is undone; a page that says so must not ask it anything any more.
    g.failed = True
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    if status == 500:
        logger.error("broken", code=error.code, detail=str(error))
    detail = sentence(error)
    if not is_page():
        return problem(status, error.code, detail, **_details(error))
    return render_template("refused.html", status=status, detail=detail), status


def sentence(error: BihuanError) -> str:
    """The refusal in words; who is meant gets a name in a transaction of its own, for that of the request is undone."""
    told = words.facts_of(error)
    if not groups.codes_in(told):
        return texts.said(error)
    with transaction(database(), reading=True) as ctx:
        return texts.say(error.template, **groups.named(ctx, told))


def _details(error: BihuanError) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if isinstance(error, Invalid) and error.fields:
        more["fields"] = {name: texts.message(message) for name, message in error.fields.items()}
    if winner := getattr(error, "winner", None):
        more["winner"] = winner
    if complaints := getattr(error, "complaints", None):
        more["problems"] = [each.as_json() for each in complaints]
    return more


def _http_error(error: HTTPException) -> ResponseReturnValue:
    g.failed = True
    status = error.code or 500
    detail = texts.http_error(status)
    if not is_page():
        return problem(status, f"http_{status}", detail, **_arguments(error))
    return render_template("refused.html", status=status, detail=detail), status


def _arguments(error: HTTPException) -> dict[str, Any]:
    """What a schema of the API found wrong in a call: place and field -> what is wrong with it."""
    found = (getattr(error, "data", None) or {}).get("messages") or {}
    places = {place: inner for place, inner in found.items() if isinstance(inner, dict)}
    wrong = {name: " ".join(map(str, said)) for inner in places.values() for name, said in inner.items()}
    return {"fields": wrong} if wrong else {}


def _secure(response: Response) -> Response:
    policy = WITH_STYLE_ATTRIBUTES if g.get("style_attributes") else STRICT
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.path.startswith("/static/dist/assets/"):
        # The name of a built file holds its hash, so it never changes.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _secret(settings: Settings) -> str:
    """The key that signs cookies. An embedded database keeps one beside it; many machines must be given the same one."""
    if settings.secret_key:
        return settings.secret_key
    file = make_url(settings.database_url).database
    if not settings.is_embedded:
        raise WrongSetting(
            name="BIHUAN_SECRET_KEY", value="", why="several processes need the same one; set a long random text"
        )
    if not file or file == ":memory:":
        return secrets.token_hex(32)
    kept = Path(file).with_suffix(".secret")
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32), encoding="ascii")
    return kept.read_text(encoding="ascii").strip()
