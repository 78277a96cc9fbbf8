import re
from dataclasses import fields
from pathlib import Path

import pytest

from engine.settings import VARIABLES, Settings, WrongSetting, read_settings

DOCUMENT = Path(__file__).parent.parent / "docs" / "settings.md"


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert Settings().is_embedded


def test_every_variable_reaches_its_field() -> None:
    environment = {
        "BIHUAN_DATABASE_URL": "sqlite:////srv/city.db",
        "BIHUAN_FILES_DIR": "/srv/files",
        "BIHUAN_SECRET_KEY": "a long secret",
        "BIHUAN_HOST": "0.0.0.0",
        "PORT": "8080",
        "BIHUAN_BROKER_URL": "redis://broker",
        "BIHUAN_TICK_SECONDS": "5",
        "BIHUAN_UPLOAD_MEGABYTES": "7",
        "BIHUAN_IDLE_MINUTES": "15",
        "BIHUAN_SECURE_COOKIES": "1",
        "BIHUAN_PACKAGES_DIR": "/srv/processes",
    }
    assert read_settings(environment) == Settings(
        database_url="sqlite:////srv/city.db",
        files_dir=Path("/srv/files"),
        secret_key="a long secret",
        host="0.0.0.0",
        port=8080,
        broker_url="redis://broker",
        tick_seconds=5,
        upload_megabytes=7,
        idle_minutes=15,
        secure_cookies=True,
        packages_dir=Path("/srv/processes"),
    )
    assert environment.keys() == {name for name, _ in VARIABLES.values()}


def test_every_field_has_a_variable() -> None:
    assert VARIABLES.keys() == {each.name for each in fields(Settings)}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "80.5"),
        ("BIHUAN_TICK_SECONDS", "2s"),
        ("BIHUAN_UPLOAD_MEGABYTES", "20 MB"),
        ("BIHUAN_IDLE_MINUTES", "6²"),
        ("BIHUAN_SECURE_COOKIES", "yes"),
        ("BIHUAN_SECURE_COOKIES", "True"),
        ("BIHUAN_SECRET_KEY_FILE", "/nowhere/at/all"),
    ],
)
def test_a_wrong_value_is_refused_with_its_variable(variable: str, value: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        read_settings({variable: value})
    assert variable in str(refused.value)
    assert repr(value) in str(refused.value)


def test_the_secret_may_lie_in_a_file_of_which_only_the_first_line_counts(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("  from the file \nsomething else\n", encoding="utf-8")
    environment = {"BIHUAN_SECRET_KEY_FILE": str(secret), "BIHUAN_SECRET_KEY": "from the variable"}
    assert read_settings(environment).secret_key == "from the file"


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(WrongSetting):
        read_settings({"BIHUAN_SECRET_KEY_FILE": str(tmp_path / "secret")})


def test_postgresql_means_psycopg_three() -> None:
    settings = read_settings({"BIHUAN_DATABASE_URL": "postgresql://office@db/city"})
    assert settings.database_url == "postgresql+psycopg://office@db/city"
    assert not settings.is_embedded
    explicit = read_settings({"BIHUAN_DATABASE_URL": "postgresql+psycopg://office@db/city"})
    assert explicit.database_url == "postgresql+psycopg://office@db/city"


def test_what_the_command_line_says_wins_and_nothing_said_changes_nothing() -> None:
    environment = {"BIHUAN_DATABASE_URL": "sqlite:///environment.db"}
    assert read_settings(environment, database_url="sqlite:///said.db").database_url == "sqlite:///said.db"
    assert read_settings(environment, database_url=None).database_url == "sqlite:///environment.db"


def test_the_documentation_lists_every_variable_once_and_none_besides() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    read = [name for name, _ in VARIABLES.values()]
    assert sorted(listed) == sorted([*read, "BIHUAN_SECRET_KEY_FILE"])


def test_the_documentation_names_the_defaults() -> None:
    rows = dict(
        re.findall(r"^\| `([A-Z_]+)` \|[^|]*\| (?:`([^`]*)`)?", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)
    )
    plain = {name: str(getattr(Settings(), field)) for field, (name, _) in VARIABLES.items()}
    plain["BIHUAN_SECURE_COOKIES"] = str(int(Settings().secure_cookies))
    plain["BIHUAN_PACKAGES_DIR"] = Settings().packages_dir.name
    assert {name: default for name, default in rows.items() if default} == {
        name: value for name, value in plain.items() if value != "None"
    }
