"""Which files the build made of an entry: the manifest of the front end as tags for a page."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from markupsafe import Markup

from engine.errors import Broken

DIST = Path(__file__).parent / "static" / "dist"
URL = "/static/dist/"
#: Loaded as a classic script that holds up the first paint: what it sets must be there before anything is drawn.
BLOCKING = "early"


class NotBuilt(Broken):
    """The browser side is not built; run `make setup`."""

    code = "not_built"


def register(app: Flask, dist: Path = DIST) -> None:
    """Give templates ``asset_tags("app", "form")``: the stylesheets and scripts of those entries, each file once."""

    def asset_tags(*entries: str) -> Markup:
        return tags(manifest(dist), *entries)

    app.jinja_env.globals["asset_tags"] = asset_tags


def manifest(dist: Path) -> dict[str, Any]:
    """What the last build made. Read again when the file changes, so that a rebuild needs no restart."""
    path = dist / ".vite" / "manifest.json"
    if not path.is_file():
        raise NotBuilt
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _parsed(path: Path, _changed: int) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return parsed


def tags(built: dict[str, Any], *entries: str) -> Markup:
    """Stylesheets first, then preloads of shared chunks, then the entries' own scripts; raises KeyError for no entry."""
    keys = [f"web/assets/{entry}.js" for entry in entries]
    chunks = list(dict.fromkeys(chunk for key in keys for chunk in _imports(built, key)))
    parts = [part for key in keys for part in [*_imports(built, key), key]]
    styles = dict.fromkeys(css for part in parts for css in built[part].get("css", []))
    lines = [Markup('<link rel="stylesheet" href="{}">').format(URL + css) for css in styles]
    lines += [Markup('<link rel="modulepreload" href="{}">').format(URL + built[chunk]["file"]) for chunk in chunks]
    lines += [_script(entry, URL + built[key]["file"]) for entry, key in zip(entries, keys, strict=True)]
    return Markup("\n").join(lines)


def _imports(built: dict[str, Any], key: str, seen: frozenset[str] = frozenset()) -> list[str]:
    """The chunks that ``key`` needs before it can run, deepest first; chunks may import each other in a circle."""
    found: dict[str, None] = {}
    for chunk in built[key].get("imports", []):
        if chunk not in seen:
            found.update(dict.fromkeys([*_imports(built, chunk, seen | {key, chunk}), chunk]))
    return list(found)


def _script(entry: str, url: str) -> Markup:
    kind = "" if entry == BLOCKING else ' type="module"'
    return Markup('<script{} src="{}"></script>').format(Markup(kind), url)
