"""The database: types that lose nothing, one context, one transaction.

``transaction`` is the only place of the whole program that commits. A door (a request, the ticker, a command) opens it;
everything inside receives the ``Context`` and raises to undo everything.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnClause,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Insert,
    Integer,
    MetaData,
    Numeric,
    Row,
    Select,
    String,
    Table,
    TableClause,
    Update,
    bindparam,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine

from engine.errors import Broken
from engine.settings import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. SQLite has no zones, so it keeps the UTC wall time and gets its zone back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise Broken("An instant without a time zone was to be stored: {value}", value=value)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A decimal with all its digits: NUMERIC on PostgreSQL, text on SQLite, whose numbers are binary floats."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(80) if dialect.name == "sqlite" else Numeric())

    # Which database it is, is asked once a statement: asked once a value, it costs as much as the value itself. Neither
    # a text nor a NUMERIC needs anything of its own type done to it, so nothing is passed over.

    def bind_processor(self, dialect: Dialect) -> Callable[[Decimal | None], Any]:
        return _spelt_out if dialect.name == "sqlite" else _finite

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Decimal | None]:
        return _decimal


def _finite(value: Decimal | None) -> Decimal | None:
    if value is not None and not value.is_finite():
        raise Broken("A number that is not finite was to be stored: {value}", value=value)
    return value


def _spelt_out(value: Decimal | None) -> str | None:
    if value is None:
        return None
    return format(value if value.is_finite() else _finite(value), "f")


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Key = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant, Decimal: Exact, dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012


class Clock(Base):
    """One row in a demo database only: its time runs ``offset_seconds`` away from the host's."""

    __tablename__ = "demo_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    offset_seconds: Mapped[Decimal]


@dataclass(slots=True)
class Context:
    """Who acts, when, in which transaction: the first argument of every verb."""

    session: Session
    #: The only clock of the engine: one aware UTC instant for the whole transaction.
    now: datetime
    database: "Database"
    #: The account that acts; None is the system itself (a timer, a command of the operator).
    actor: str | None = None
    #: The account in whose name the actor acts.
    on_behalf_of: str | None = None
    #: The caller's idempotency key.
    key: str | None = None
    #: What this transaction has already looked up; gone with it.
    memo: dict[Any, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The office's date."""
        return self.now.astimezone(SHANGHAI).date()


class Database:
    """One city: its engine, its files, the operations its diagrams may call, and what may be cached for ever."""

    def __init__(self, settings: Settings, operations: Mapping[str, Any] | None = None) -> None:
        self.settings = settings
        self.operations: Mapping[str, Any] = operations or {}
        self.engine = _engine(settings.database_url)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False, autoflush=True)
        #: Parsed versions and the like. Only what is immutable once committed may live here.
        self.cache: dict[Any, Any] = {}
        self.lock = threading.RLock()

    @property
    def files(self) -> Path:
        return self.settings.files_dir

    def dispose(self) -> None:
        self.engine.dispose()


@contextmanager
def transaction(
    database: Database,
    *,
    actor: str | None = None,
    on_behalf_of: str | None = None,
    now: datetime | None = None,
    key: str | None = None,
    reading: bool = False,
) -> Iterator[Context]:
    """One unit of work: what is done inside is committed together when the block ends, or not at all.

    ``reading`` takes no write lock on SQLite and refuses to write. ``now`` rehearses another time.
    """
    with database.sessions() as session:
        if reading:
            session.connection(execution_options={"bihuan_reading": True, "postgresql_readonly": True})
        ctx = Context(session, now or _now(session), database, actor, on_behalf_of, key)
        yield ctx
        if reading and (session.new or session.dirty or session.deleted):
            raise Broken("A reading transaction was about to write")
        session.commit()


def _now(session: Session) -> datetime:
    """The database's time on PostgreSQL (many machines, one clock), the host's on SQLite, moved by a demo clock."""
    offset = session.scalar(select(Clock.offset_seconds))
    if session.get_bind().dialect.name == "postgresql":
        present = session.scalar(select(func.now()))
        assert isinstance(present, datetime)
    else:
        present = datetime.now(UTC)
    return present + timedelta(seconds=float(offset or 0))


def insert_if_absent(ctx: Context, table: type[Base], **values: Any) -> bool:
    """Insert a row unless its key is there already, without failing the transaction; True when it was inserted."""
    dialect = postgresql if ctx.session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table).values(**values).on_conflict_do_nothing()
    # Asked by RETURNING: the count of rows is unknown (-1) for an insert that goes through the mapper.
    return ctx.session.execute(insert.returning(*inspect(table).primary_key)).first() is not None


def plain(ctx: Context, query: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of a query for columns alone, asked without the session, whose part in it is half of what it costs."""
    ctx.session.flush()
    return ctx.session.connection().execute(query, values).all()


def insert_columns(ctx: Context, table: type[Base], columns: Mapping[str, Iterable[Any]]) -> None:
    """Insert many rows past the session: name of every column that is filled -> its values, row after row.

    For hundreds of thousands of rows, of which SQLAlchemy would make a map each. Values go through their columns' types
    as ever, a column at a time; defaults apply to none.
    """
    ctx.session.flush()
    connection = ctx.session.connection()
    described = cast(Table, table.__table__)
    filled = [ColumnClause(name, described.c[name].type) for name in columns]
    rows = zip(*map(_bound, filled, columns.values(), repeat(connection.dialect)), strict=True)
    ready = list(rows) if connection.dialect.positional else [dict(zip(columns, row, strict=True)) for row in rows]
    if ready:
        # Of the columns alone: knowing the table, it would add defaults and ask for the keys.
        statement = TableClause(described.name, *filled).insert().compile(dialect=connection.dialect)
        connection.exec_driver_sql(str(statement), ready)


def _bound(described: ColumnClause[Any], values: Iterable[Any], dialect: Dialect) -> Iterable[Any]:
    bind = described.type.dialect_impl(dialect).bind_processor(dialect)
    return map(bind, values) if bind else values


class Write(NamedTuple):
    """One row to be inserted or changed, not yet sent.

    For the few rows every step writes: the session's own way of finding out what is new costs more than the writing.
    """

    table: Table
    #: The columns that name the row to change; none for a row to insert.
    at: tuple[str, ...]
    values: dict[str, Any]
    #: Of a row that belongs to the one inserted before it: the column that holds that one's key.
    below: str = ""


def inserted(table: type[Base], *, below: str = "", **columns: Any) -> Write:
    described = cast(Table, table.__table__)
    return Write(described, (), {**_defaults(described), **columns}, below)


@cache
def _defaults(table: Table) -> dict[str, Any]:
    """What columns hold where nothing is said; a part of a larger statement would leave them empty."""
    defaults = {column.name: column.default for column in table.columns}
    return {name: each.arg for name, each in defaults.items() if isinstance(each, ScalarElementColumnDefault)}


def changed(ctx: Context, row: Base, **values: Any) -> list[Write]:
    """Set attributes of a row whose names are its columns', and say what that leaves to be written: at most one thing.

    Inside a savepoint the session writes it: what is rolled back there must be forgotten in memory too.
    """
    if ctx.session.in_nested_transaction() or inspect(row).modified:
        for name, value in values.items():
            setattr(row, name, value)
        ctx.session.flush()
        return []
    for name, value in values.items():
        set_committed_value(row, name, value)
    table = cast(Table, type(row).__table__)
    key = {f"at_{column.name}": getattr(row, column.name) for column in table.primary_key}
    return [Write(table, tuple(key), {**values, **key})]


#: More than so many go one by one: a statement for each number of them would have to be put together and kept.
MOST_AS_ONE = 8


def write(ctx: Context, *writes: Write) -> None:
    """Send them. To a server that can take them in one statement they go as one, which saves the ways between."""
    connection = ctx.session.connection()
    if connection.dialect.name == "postgresql" and _fit_together(writes):
        values = {f"{name}_{place}": each.values[name] for place, each in enumerate(writes) for name in each.values}
        connection.execute(_as_one(*map(_shape, writes)), values)
        return
    key = None
    for each in writes:
        if each.below:
            connection.execute(_keyed(each.table), {**each.values, each.below: key})
        elif each.at:
            connection.execute(_statement(*_shape(each)), each.values)
        else:
            (key, *_) = connection.execute(_keyed(each.table), each.values).inserted_primary_key or (None,)


def _fit_together(writes: Sequence[Write]) -> bool:
    """Whether one statement may do it all: in which order its parts are done is the server's affair.

    So no two rows may be born in it that are counted by their keys, as the tasks of several signers are.
    """
    born = [each.table for each in writes if not each.at and not each.below]
    return 1 < len(writes) <= MOST_AS_ONE and len(set(born)) == len(born)


_Shape = tuple[Table, tuple[str, ...], tuple[str, ...], str]


def _shape(write: Write) -> _Shape:
    return write.table, write.at, tuple(write.values), write.below


@cache
def _keyed(table: Table) -> Insert:
    return table.insert()


@cache
def _statement(
    table: Table, at: tuple[str, ...], names: tuple[str, ...], below: str, mark: str = ""
) -> Insert | Update:
    values: dict[str, Any] = {name: bindparam(f"{name}{mark}") for name in names if name not in at}
    if not at:
        return table.insert().values(values).inline()
    rows = [column == bindparam(f"at_{column.name}{mark}") for column in table.primary_key]
    return table.update().where(*rows).values(values)


@cache
def _as_one(*shapes: _Shape) -> Insert | Update:
    parts: list[CTE] = []
    parent = None
    for place, ((table, at, names, below), (*_, owner)) in enumerate(pairwise(shapes)):
        if below and parent is not None:
            given = [bindparam(f"{name}_{place}", type_=table.c[name].type) for name in names]
            row = select(parent.c[0], *given)
            parts.append(table.insert().from_select([below, *names], row).cte(f"write_{place}"))
        elif owner:
            values: dict[str, Any] = {name: bindparam(f"{name}_{place}") for name in names}
            parent = table.insert().values(values).returning(*table.primary_key).cte(f"write_{place}")
            parts.append(parent)
        else:
            parts.append(_statement(table, at, names, below, f"_{place}").cte(f"write_{place}"))
    return _statement(*shapes[-1], f"_{len(shapes) - 1}").add_cte(*parts)


def set_clock(ctx: Context, moment: datetime) -> None:
    """Make a demo database's time ``moment`` from now on, going on at real speed."""
    clock = ctx.session.get(Clock, 1) or Clock(id=1, offset_seconds=Decimal(0))
    ctx.session.add(clock)
    clock.offset_seconds = Decimal(0)
    ctx.session.flush()
    clock.offset_seconds = Decimal(str((moment - _now(ctx.session)).total_seconds()))


def is_demo(ctx: Context) -> bool:
    """Whether this database keeps a clock of its own, which only demo databases do."""
    return ctx.session.get(Clock, 1) is not None


@contextmanager
def tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, which its foreign keys would forbid as soon as there are rows.

    The pragma does nothing inside a transaction, so it stands around it; what must hold is for the caller to check.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.dbapi_connection
    assert raw is not None
    (kept,) = raw.execute("PRAGMA foreign_keys").fetchone()
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA foreign_keys={kept}")


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    words = {"json_serializer": _json, "json_deserializer": _from_json}
    engine = create_engine(parsed, connect_args={"isolation_level": None, "timeout": 60}, **words)
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _json(value: Any) -> str:
    # Most of what is kept so is empty, and a codec takes as long for nothing as for a little.
    return "{}" if value == {} else json.dumps(value)


def _from_json(text: str) -> Any:
    return {} if text == "{}" else json.loads(text)


def _sqlite_connected(connection: Any, _record: Any) -> None:
    # FULL, not NORMAL: an acknowledged completion must survive a power cut, not only a crash.
    # 16 MiB of pages: with the 2 MiB of the default, an index that rows come into all over is read and written again
    # for every few of them, as when a country's figures are frozen.
    kept = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000", "cache_size=-16384")
    for pragma in kept:
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    # The driver's own BEGIN is deferred: two processes that read and then write would silently lose updates.
    # IMMEDIATE takes the write lock first; a reading transaction needs none and must not queue behind writers.
    reading = connection.get_execution_options().get("bihuan_reading")
    connection.exec_driver_sql(f"PRAGMA query_only={int(bool(reading))}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
