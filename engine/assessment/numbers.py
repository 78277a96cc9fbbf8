"""Numbers of papers and matters: by kind and year, drawn once, never used again."""

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Context, insert_if_absent


class Series(Base):
    """The last number drawn of a kind in a year, within a scope such as a unit."""

    __tablename__ = "number_series"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


def draw(ctx: Context, kind: str, year: int, scope: str = "") -> int:
    """The next number. Drawing locks the series until the transaction ends; one that is undone gives its number back."""
    insert_if_absent(ctx, Series, kind=kind, year=year, scope=scope, last=0)
    query = select(Series).where(Series.kind == kind, Series.year == year, Series.scope == scope)
    series = ctx.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    series.last += 1
    ctx.session.flush()
    return series.last
