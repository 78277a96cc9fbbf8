"""What the environment says, read once: one frozen value, each field with its variable, default and meaning."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Invalid


class WrongSetting(Invalid):
    """{name}={value!r} cannot be used: {why}."""

    code = "wrong_setting"


def _integer(name: str, value: str) -> int:
    if not value.isdecimal():
        raise WrongSetting(name=name, value=value, why="it must be a whole number")
    return int(value)


def _flag(name: str, value: str) -> bool:
    # Anything but these words is refused: "yes" silently read as false has opened more than one server.
    if value not in ("0", "1", "false", "true"):
        raise WrongSetting(name=name, value=value, why="it must be 1 or 0")
    return value in ("1", "true")


@dataclass(frozen=True, slots=True)
class Settings:
    #: SQLAlchemy URL; ``BIHUAN_DATABASE_URL``. ``postgresql://`` means psycopg 3.
    database_url: str = "sqlite:///var/bihuan.db"
    #: Folder of uploaded files, content-addressed; ``BIHUAN_FILES_DIR``.
    files_dir: Path = Path("var/files")
    #: Signs cookies; ``BIHUAN_SECRET_KEY`` or ``BIHUAN_SECRET_KEY_FILE``. None: an embedded database keeps its own.
    secret_key: str | None = None
    #: Where ``bihuan serve`` listens; ``BIHUAN_HOST`` and ``PORT``.
    host: str = "127.0.0.1"
    port: int = 8000
    #: Celery broker of many machines; ``BIHUAN_BROKER_URL``. None: one process does everything.
    broker_url: str | None = None
    #: Seconds between two looks of the ticker; ``BIHUAN_TICK_SECONDS``.
    tick_seconds: int = 2
    #: Largest upload in megabytes; ``BIHUAN_UPLOAD_MEGABYTES``.
    upload_megabytes: int = 20
    #: Minutes without a click after which a person signs in again; ``BIHUAN_IDLE_MINUTES``.
    idle_minutes: int = 60
    #: Cookies only over HTTPS; ``BIHUAN_SECURE_COOKIES``. Off by default because the first start is on localhost.
    secure_cookies: bool = False
    #: Where process packages lie; ``BIHUAN_PACKAGES_DIR``.
    packages_dir: Path = Path(__file__).resolve().parent.parent / "processes"

    @property
    def is_embedded(self) -> bool:
        return self.database_url.startswith("sqlite")


def read_settings(environment: Mapping[str, str] = os.environ, **overrides: str | None) -> Settings:
    """The settings of ``environment``; ``overrides`` (from a command line) win where they are not None.

    Raises ``WrongSetting`` naming the variable.
    """
    found = {field: cast(name, environment[name]) for field, (name, cast) in VARIABLES.items() if environment.get(name)}
    secret = environment.get("BIHUAN_SECRET_KEY_FILE")
    if secret:
        found["secret_key"] = _first_line("BIHUAN_SECRET_KEY_FILE", secret)
    found.update({field: value for field, value in overrides.items() if value is not None})
    url = str(found.get("database_url", Settings().database_url))
    found["database_url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return Settings(**found)  # type: ignore[arg-type]


def _first_line(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()[0].strip()
    except (OSError, IndexError):
        raise WrongSetting(name=name, value=path, why="the file cannot be read or is empty") from None


def _text(_name: str, value: str) -> str:
    return value


def _path(_name: str, value: str) -> Path:
    return Path(value)


#: Field -> (variable, reader). ``docs/settings.md`` lists the same variables; a test compares them.
VARIABLES: dict[str, tuple[str, Callable[[str, str], object]]] = {
    "database_url": ("BIHUAN_DATABASE_URL", _text),
    "files_dir": ("BIHUAN_FILES_DIR", _path),
    "secret_key": ("BIHUAN_SECRET_KEY", _text),
    "host": ("BIHUAN_HOST", _text),
    "port": ("PORT", _integer),
    "broker_url": ("BIHUAN_BROKER_URL", _text),
    "tick_seconds": ("BIHUAN_TICK_SECONDS", _integer),
    "upload_megabytes": ("BIHUAN_UPLOAD_MEGABYTES", _integer),
    "idle_minutes": ("BIHUAN_IDLE_MINUTES", _integer),
    "secure_cookies": ("BIHUAN_SECURE_COOKIES", _flag),
    "packages_dir": ("BIHUAN_PACKAGES_DIR", _path),
}
