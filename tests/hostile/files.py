"""Forms, packages, workbooks and archives that are other than they look."""

import io
import json
import zipfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final, cast

from openpyxl import Workbook

from engine.reports import workbooks
from engine.workflow import forms, packages
from tests.hostile.attack import Attack

_ALLOWED: Final = "<si><t>aaa</t></si>"
_MANY: Final = '<row><c t="str"><v>a</v></c><c><v>1</v></c></row>'
_WIDE: Final = "<c><v>1</v></c>"
"""These stand as often as a workbook may hold them."""
_MEGABYTE: Final = 1_000_000
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHARED: Final = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
_LAUGHS: Final = (
    '<!DOCTYPE x [<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)) + "]>"
)


def _form(*components: dict[str, Any]) -> bytes:
    return json.dumps({"id": "f", "components": components}).encode()


def _in_groups(depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "textfield", "key": "x"}
    for _ in range(depth):
        made = {"type": "group", "components": [made]}
    return made


def _asking(pattern: str, answer: str) -> Callable[[], object]:
    field = {"type": "textfield", "key": "x", "validate": {"pattern": pattern}}
    return lambda: forms.check(forms.read(_form(field)), {"x": answer})


def _number(answer: str) -> Callable[[], object]:
    return lambda: forms.check(forms.read(_form({"type": "number", "key": "x"})), {"x": answer})


def _book(**parts: tuple[str, str, str]) -> bytes:
    """A workbook in which some files are a beginning, a text so often that they hold a hundred megabytes, and an end."""
    plain, made = io.BytesIO(), io.BytesIO()
    shared = _SHARED if "sharedStrings" in parts else b""
    book = Workbook()
    book.create_sheet(workbooks.BASELINE)
    book.save(plain)
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in whole.namelist():
            key = name.rpartition("/")[2].partition(".")[0]
            if key in parts:
                _fill(archive, name, *parts[key])
            else:
                archive.writestr(name, whole.read(name).replace(b"</Types>", shared + b"</Types>"))
        if "sharedStrings" in parts:
            _fill(archive, "xl/sharedStrings.xml", *parts["sharedStrings"])
    return made.getvalue()


def _fill(archive: zipfile.ZipFile, name: str, begin: str, again: str, end: str) -> None:
    halves = 2 if again == _ALLOWED else 3 if again in (_MANY, _WIDE) else 200
    with archive.open(name, "w") as out:
        out.write(begin.encode())
        piece = (again * (_MEGABYTE // 2 // len(again))).encode() if again else b""
        for _ in range(halves):
            out.write(piece)
        out.write(end.encode())


def _taking(content: bytes) -> Callable[[], object]:
    """The workbook is refused before it is compared with the sheet it is for."""
    return lambda: workbooks.filled_in(cast(Any, None), io.BytesIO(content), str)


def _reading(content: bytes) -> Callable[[], object]:
    """The workbook is read, and is not that of the sheet."""
    sheet = cast(
        Any, SimpleNamespace(cycle=SimpleNamespace(year=2026, package=""), round=SimpleNamespace(key="Q1"), unit="u")
    )
    return lambda: workbooks.filled_in(sheet, io.BytesIO(content), str)


def _archive(entries: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(entries):
            archive.writestr(f"{number}.txt", "")
    return made.getvalue()


_FULL: Final = _book(sharedStrings=(f'<sst xmlns="{_MAIN}">', _ALLOWED, "</sst>"))
_KEPT: Final = _book(sheet2=(f'<worksheet xmlns="{_MAIN}"><sheetData>', _MANY, "</sheetData></worksheet>"))
_LONG: Final = _book(sheet1=(f'<worksheet xmlns="{_MAIN}"><sheetData><row>', _WIDE, "</row></sheetData></worksheet>"))
_FAR: Final = _book(
    sheet2=(
        f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1000000000"><c r="A1000000000"><v>1</v></c></row>',
        "",
        "</sheetData></worksheet>",
    )
)
_TEXTS: Final = _book(sharedStrings=(f'<sst xmlns="{_MAIN}">', "<si><t>aaaaaaaa</t></si>", "</sst>"))
_ROWS: Final = _book(
    sheet1=(f'<worksheet xmlns="{_MAIN}"><sheetData>', "<row><c><v>1</v></c></row>", "</sheetData></worksheet>")
)
_CELL: Final = _book(
    sheet1=(f'<worksheet xmlns="{_MAIN}"><sheetData><row><c t="str"><v>', "a", "</v></c></row></sheetData></worksheet>")
)
_STYLES: Final = _book(styles=(f'<styleSheet xmlns="{_MAIN}"><fonts>', "<font><b/></font>", "</fonts></styleSheet>"))
_ENTITIES: Final = _book(workbook=(f'{_LAUGHS}<workbook xmlns="{_MAIN}">&l11;', "", "</workbook>"))
_ALIASES: Final = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))

FILES: Final = [
    Attack("a form a hundred thousand deep", "wrong_form", lambda: forms.read(b"[" * 100_000)),
    Attack("groups in groups in a form", "wrong_form", lambda: forms.read(_form(_in_groups(400)))),
    Attack(
        "a hundred thousand questions",
        "wrong_form",
        lambda: forms.read(_form(*[{"type": "textfield", "key": "x"}] * 100_000)),
    ),
    Attack("a catastrophic pattern in a form", "", _asking("^(a|aa)+$", "a" * 60 + "!")),
    Attack(
        "a pattern of counted repetitions in a form", "wrong_form", _asking("(?:(?:(?:a|b){1000}){1000}){1000}", "a")
    ),
    Attack("a pattern of ten thousand characters", "wrong_form", _asking("(a*)*" * 2_000, "a")),
    Attack("a number without end in an answer", "wrong_answers", _number("1e999999999")),
    Attack("a million digits in an answer", "wrong_answers", _number("9" * _MEGABYTE)),
    Attack(
        "a condition of a form that does not end",
        "less nesting",
        lambda: forms.read(_form({"type": "textfield", "key": "x", "conditional": {"hide": "=" + "(" * 5_000}})),
    ),
    Attack("forty lists that are all one", "wrong_package", lambda: packages.read(_ALIASES.encode())),
    Attack(
        "an object in a package", "wrong_package", lambda: packages.read(b"key: !!python/object/apply:os._exit [1]")
    ),
    Attack("brackets in a package", "wrong_package", lambda: packages.read(b"[" * 100_000)),
    Attack("a hundred megabytes of texts in a workbook", "other_sheet", _taking(_TEXTS)),
    Attack("a megabyte of texts in a workbook", "other_sheet", _reading(_FULL)),
    Attack("a megabyte and a half on the hidden page of a workbook", "other_sheet", _reading(_KEPT)),
    Attack("a megabyte and a half in one row of a workbook", "other_sheet", _reading(_LONG)),
    Attack("a row a thousand million down in a workbook", "other_sheet", _reading(_FAR)),
    Attack("four million rows in a workbook", "other_sheet", _taking(_ROWS)),
    Attack("a hundred megabytes in a cell", "other_sheet", _taking(_CELL)),
    Attack("six million fonts in a workbook", "other_sheet", _taking(_STYLES)),
    Attack("entities that laugh in a workbook", "other_sheet", _taking(_ENTITIES)),
    Attack("a workbook of twenty thousand files", "other_sheet", _taking(_archive(20_000))),
    Attack("a workbook that is none", "other_sheet", _taking(b"PK\x03\x04" + b"\x00" * 10_000)),
]
