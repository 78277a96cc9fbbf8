"""What the build ships and how a page finds it; no browser needed."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from web import vite

ASSETS = Path(vite.__file__).parent / "assets"


def dictionary(name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((ASSETS / "texts" / f"{name}.json").read_text("utf-8"))
    return found


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    zh, en = dictionary("zh"), dictionary("en")
    assert zh.keys() == en.keys()
    gaps = {key: (set(re.findall(r"{(\w+)}", zh[key])), set(re.findall(r"{(\w+)}", en[key]))) for key in zh}
    assert {key: pair for key, pair in gaps.items() if pair[0] != pair[1]} == {}


def test_every_text_a_script_asks_for_exists_and_none_is_left_over() -> None:
    source = "\n".join(path.read_text("utf-8") for path in ASSETS.rglob("*.js"))
    keys = dictionary("zh").keys()
    groups = "|".join(sorted({key.split(".")[0] for key in keys}))
    asked = set(re.findall(rf"'((?:{groups})\.[a-z_]+)'", source))
    asked |= {key for key in keys if key.startswith("problems.") and f"`{key.split('.')[0]}.${{severity}}`" in source}
    assert asked - {"sheet.js", "form.js"} == set(keys)


def test_translations_of_the_libraries_keep_their_gaps() -> None:
    for name in ("bpmn-zh", "forms-zh"):
        for template, text in dictionary(name).items():
            wanted = set(re.findall(r"(?<!\$){(\w+)}", template))
            assert set(re.findall(r"{(\w+)}", text)) <= wanted | {"type", "someDate"}, template


MANIFEST = {
    "web/assets/early.js": {"file": "assets/early-1.js"},
    "web/assets/app.js": {"file": "assets/app-2.js", "imports": ["_lib.js"], "css": ["assets/app-3.css"]},
    "web/assets/form.js": {
        "file": "assets/form-4.js",
        "imports": ["_lib.js", "_more.js"],
        "css": ["assets/form-5.css"],
    },
    "_lib.js": {"file": "assets/lib-6.js"},
    "_more.js": {"file": "assets/more-7.js", "imports": ["_lib.js"], "css": ["assets/more-8.css"]},
}


def test_a_page_names_each_file_once_styles_before_scripts_and_the_early_one_unblocked_by_modules() -> None:
    lines = str(vite.tags(MANIFEST, "early", "app", "form")).splitlines()

    assert lines == [
        '<link rel="stylesheet" href="/static/dist/assets/app-3.css">',
        '<link rel="stylesheet" href="/static/dist/assets/more-8.css">',
        '<link rel="stylesheet" href="/static/dist/assets/form-5.css">',
        '<link rel="modulepreload" href="/static/dist/assets/lib-6.js">',
        '<link rel="modulepreload" href="/static/dist/assets/more-7.js">',
        '<script src="/static/dist/assets/early-1.js"></script>',
        '<script type="module" src="/static/dist/assets/app-2.js"></script>',
        '<script type="module" src="/static/dist/assets/form-4.js"></script>',
    ]


def test_chunks_that_import_each_other_end() -> None:
    circle = {
        "web/assets/app.js": {"file": "a.js", "imports": ["_x.js"]},
        "_x.js": {"file": "x.js", "imports": ["_y.js"]},
        "_y.js": {"file": "y.js", "imports": ["_x.js"]},
    }
    assert str(vite.tags(circle, "app")).count("modulepreload") == 2


def test_templates_see_a_new_build_without_a_restart(tmp_path: Path) -> None:
    app = Flask(__name__)
    vite.register(app, tmp_path)
    place = tmp_path / ".vite" / "manifest.json"
    place.parent.mkdir()
    for name in ("first", "second-and-longer"):
        place.write_text(json.dumps({"web/assets/app.js": {"file": f"{name}.js"}}), "utf-8")
        with app.app_context():
            assert f"/static/dist/{name}.js" in render_template_string("{{ asset_tags('app') }}")


def test_without_a_build_the_page_says_the_cure(tmp_path: Path) -> None:
    with pytest.raises(vite.NotBuilt, match="make setup"):
        vite.manifest(tmp_path)


@pytest.mark.skipif(not (vite.DIST / ".vite").is_dir(), reason="the browser side is not built: run `npm run build`")
def test_the_build_ships_the_licences_and_no_inlined_font() -> None:
    licences = {path.name for path in (vite.DIST / "licences").iterdir()}
    assert {
        "index.txt",
        "bpmn-js.LICENSE.txt",
        "@bpmn-io__form-js-viewer.LICENSE.txt",
        "diagram-js.LICENSE.txt",
    } <= licences
    assert "bpmn-js 18.31.1" in (vite.DIST / "licences" / "index.txt").read_text("utf-8")
    styles = "".join(path.read_text("utf-8") for path in (vite.DIST / "assets").glob("*.css"))
    assert "data:font" not in styles and "data:application" not in styles
