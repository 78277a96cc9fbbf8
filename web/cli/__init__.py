"""The command line: ``bihuan COMMAND``. People's text by default, one JSON document with ``--json``.

0 done, 1 refused (one line on standard error: what, and the cure; nothing changed), 2 wrong usage.
"""

from web.cli import calculations, city, diagrams, measurements, rehearsing, serving, year
from web.cli.door import main

#: The rooms whose commands are entered by being imported here.
ROOMS = (city, diagrams, calculations, year, rehearsing, serving, measurements)

__all__ = ["ROOMS", "main"]
