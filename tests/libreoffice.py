"""LibreOffice as a clerk uses it: open a workbook, type into cells, save it; without anybody at a screen.

A macro of its own in a profile of its own does the typing, so that what is tested is the file that LibreOffice writes.
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.lacking import lacking

_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false" library:passwordprotected="false">
 <library:element library:name="Typing"/>
</library:library>
"""
_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Typing" script:language="StarBasic">
Sub Main
 Dim hidden(0) As New com.sun.star.beans.PropertyValue
 hidden(0).Name = "Hidden"
 hidden(0).Value = True
 book = StarDesktop.loadComponentFromURL("{source}", "_blank", 0, hidden())
 page = book.Sheets.getByIndex(0)
{lines}
 Dim kind(0) As New com.sun.star.beans.PropertyValue
 kind(0).Name = "FilterName"
 kind(0).Value = "Calc MS Excel 2007 XML"
 book.storeToURL("{target}", kind())
 book.close(True)
 StarDesktop.terminate()
End Sub
</script:module>
"""


def typed(source: Path, target: Path, cells: Mapping[str, str], folder: Path) -> None:
    """Type into cells of the first page (as at the keyboard: a number, a text, a formula) and save as ``target``.

    A value that begins with ``'`` is taken as the text after it, as LibreOffice does.
    """
    soffice = shutil.which("soffice") or lacking("LibreOffice (soffice) is not installed")
    profile = folder / "profile"
    standard = profile / "user" / "basic" / "Standard"
    command = [soffice, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    if not profile.exists():
        # Its first start fills the profile, over whatever is there.
        subprocess.run([*command, "--terminate_after_init"], check=True, capture_output=True, timeout=240)
    standard.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(_line(place, value) for place, value in cells.items())
    module = _MODULE.format(source=source.as_uri(), target=target.as_uri(), lines=lines)
    (standard / "Typing.xba").write_text(module, "utf-8")
    (standard / "script.xlb").write_text(_LIBRARY, "utf-8")
    subprocess.run([*command, "macro:///Standard.Typing.Main"], check=True, capture_output=True, timeout=240)
    assert target.exists(), "LibreOffice has saved nothing"


def _line(place: str, value: str) -> str:
    way, said = ("String", value[1:]) if value.startswith("'") else ("Formula", value)
    quoted = said.replace('"', '""').replace("&", "&amp;").replace("<", "&lt;")
    return f' page.getCellRangeByName("{place}").{way} = "{quoted}"'
