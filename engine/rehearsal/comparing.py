"""Two outcomes of a year laid beside each other: what differs, and which changes bear on it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from engine.assessment import plans, scoring
from engine.rehearsal.outcomes import NOT_WARNED, Called, Figure, Outcome, Pair, Placed, RoundOutcome, Warned
from engine.rehearsal.replaying import CONSULTATION, LEVEL
from engine.rehearsal.stories import Story, sides

#: Fields of an indicator's rule that bear on its warnings, on places by progress, on its score, on a total.
_WARNS = ("direction", "measure", "schedule", "params", "main")
_RANKS = ("direction", "measure", "schedule", "params")
_SCORES = ("direction", "method", "params")
_ADDS_UP = ("weights", "category")
#: Parameters that bear on who is compared with whom, on which indicators are watched, on grades.
_COMPARES = frozenset({plans.GROUPS, "rank_scope"})
_WATCHES = frozenset({"warn_scope"})
_GRADES = frozenset({"excellent_quota", "good_line", "qualified_line", "opinions_needed"})
#: The parameter that holds the scheme of a year of points.
_POINTS = frozenset({"points"})
#: A unit that is not assessed any more.
_NOWHERE = Placed("", None, None, None)
#: Nothing of its own, but of what the unit is compared with, has changed.
_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Difference:
    """What is otherwise for one unit in one round: on an indicator, or as a whole (None). A story has none of the three."""

    round: str | None
    unit: str | None
    indicator: str | None
    #: ``warning``, ``rank``, ``score``, ``grade``, ``standard``, ``consultation``, ``story``.
    what: str
    before: Any
    after: Any
    #: The changes that bear on it: ``parameters.lag_points``, ``indicators.E13.params``, ``tables.warning_level``, ``others``.
    because: tuple[str, ...]
    #: The scenario that goes otherwise.
    story: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "because": list(self.because)}


def differences(before: Outcome, after: Outcome) -> list[Difference]:
    """By round in the order of the schedule, unit, indicator; what concerns a unit as a whole comes before its indicators."""
    found: list[Difference] = []
    for old in before.rounds:
        read = before.looked_at[LEVEL] | after.looked_at[LEVEL]
        found += _in_round(_Laid(old, after.round(old.key), read))
    last = _Laid(before.rounds[-1], after.rounds[-1], frozenset())
    found += [*_of_results(before, after, last), *_of_consultations(before, after)]
    places: dict[str | None, int] = {each.key: number for number, each in enumerate(before.rounds)}
    return sorted(found, key=lambda each: (places[each.round], each.unit, each.indicator or "", each.what))


def of_stories(stories: Iterable[Story]) -> list[Difference]:
    """By the name of the scenario."""
    return [
        Difference(None, None, None, "story", *sides(each), each.reached, each.name)
        for each in stories
        if each.is_other
    ]


def replayed_parameters(*outcomes: Outcome) -> frozenset[str]:
    """The parameters that a replay looks at."""
    read = (names for outcome in outcomes for names in outcome.looked_at.values())
    return frozenset().union(_COMPARES, _WATCHES, _GRADES, _POINTS, *read)


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """The names under which two mappings do not hold the same."""
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def figure(known: Figure | None) -> dict[str, Any]:
    """How a pair was measured, as JSON."""
    if known is None:
        return {"lead_points": None, "rank": None, "score": None}
    lead = None if known.lead_points is None else scoring.shown(known.lead_points, 6)
    return {"lead_points": lead, "rank": known.rank, "score": _plain(known.score)}


def warning(told: Warned) -> dict[str, Any]:
    return {"reasons": list(told.reasons), "level": told.level}


def consultation(called: Called | None) -> dict[str, Any] | None:
    return None if called is None else {"round": called.round, "grave_warnings": called.grave}


@dataclass(frozen=True, slots=True)
class _Laid:
    """One round before and after, with what its warnings look at."""

    before: RoundOutcome
    after: RoundOutcome
    read: frozenset[str]

    @property
    def parameters(self) -> set[str]:
        return changed(self.before.parameters, self.after.parameters)

    def naming(self, *names: frozenset[str]) -> list[str]:
        """The changed parameters among these."""
        return [f"parameters.{name}" for name in sorted(self.parameters & frozenset().union(*names))]

    def ruling(self, code: str, fields: Iterable[str]) -> list[str]:
        """The changed fields of the indicator's rule among these; the indicator itself where it is gone."""
        if code not in self.after.rules:
            return [f"indicators.{code}"]
        found = changed(self.before.rules[code], self.after.rules[code])
        return [f"indicators.{code}.{name}" for name in fields if name in found]

    def tables(self) -> list[str]:
        return [f"tables.{name}" for name in sorted(changed(self.before.tables, self.after.tables))]


def _in_round(laid: _Laid) -> Iterator[Difference]:
    for pair in sorted(laid.before.figures):
        old, new = laid.before.figures[pair], laid.after.figures.get(pair)
        yield from _of_warning(laid, pair, old, new)
        if new is None or new.rank != old.rank:
            yield _on(laid, pair, "rank", old.rank, new and new.rank, _RANKS)
        if old.score != (new and new.score):
            yield _on(laid, pair, "score", _plain(old.score), _plain(new and new.score), _SCORES)


def _on(laid: _Laid, pair: Pair, what: str, before: Any, after: Any, fields: Iterable[str]) -> Difference:
    because = (*laid.naming(_COMPARES), *laid.ruling(pair.indicator, fields))
    return Difference(laid.before.key, pair.unit, pair.indicator, what, before, after, because or (_OTHERS,))


def _of_warning(laid: _Laid, pair: Pair, old: Figure, new: Figure | None) -> Iterator[Difference]:
    before = laid.before.warned.get(pair, NOT_WARNED)
    after = laid.after.warned.get(pair, NOT_WARNED)
    if before == after:
        return
    bearing = [*laid.naming(laid.read, _COMPARES, _WATCHES), *laid.ruling(pair.indicator, _WARNS), *laid.tables()]
    yield Difference(
        laid.before.key,
        pair.unit,
        pair.indicator,
        "warning",
        _told(before, old),
        _told(after, new),
        tuple(bearing) or (_OTHERS,),
    )


def _told(outcome: Warned, known: Figure | None) -> dict[str, Any]:
    """A warning, or that there is none, with what it was judged by."""
    measured = figure(known)
    return {**warning(outcome), "lead_points": measured["lead_points"], "rank": measured["rank"]}


def _of_results(before: Outcome, after: Outcome, laid: _Laid) -> Iterator[Difference]:
    for unit, old in sorted(before.results.items()):
        new = after.results.get(unit, _NOWHERE)
        moved = [name for name in ("score", "rank") if getattr(old, name) != getattr(new, name)]
        because = {
            "score": _own_changes(laid, unit, old, new),
            "rank": [*(name for name in moved if name == "score"), *laid.naming(_COMPARES)],
            "grade": [*moved, *laid.naming(_GRADES, _COMPARES, _POINTS)],
            "standard": [*moved, *laid.naming(_POINTS)],
        }
        for what, named in because.items():
            if getattr(old, what) != getattr(new, what):
                yield _whole(laid, unit, what, _plain(getattr(old, what)), _plain(getattr(new, what)), named)


def _own_changes(laid: _Laid, unit: str, old: Placed, new: Placed) -> list[str]:
    """What of the unit's own makes its total another one: scores, and weights of its group; of a member, the scheme."""
    found = laid.naming(_POINTS, *([frozenset({plans.GROUPS})] if new is _NOWHERE else []))
    for code, rule in laid.before.rules.items():
        pair = Pair(unit, code)
        after = laid.after.rules.get(code)
        if pair not in laid.before.figures:
            continue
        known = laid.after.figures.get(pair)
        if known is not None and known.score != laid.before.figures[pair].score:
            found.append(f"scores.{code}")
        if after is None or rule["weights"].get(old.group) != after["weights"].get(old.group):
            found.append(f"indicators.{code}.weights" if after is not None else f"indicators.{code}")
        elif rule["category"] != after["category"]:
            found.append(f"indicators.{code}.category")
    return found


def _whole(laid: _Laid, unit: str, what: str, before: Any, after: Any, because: Iterable[str]) -> Difference:
    return Difference(laid.before.key, unit, None, what, before, after, tuple(because) or (_OTHERS,))


def _of_consultations(before: Outcome, after: Outcome) -> Iterator[Difference]:
    for unit in sorted(before.consultations.keys() | after.consultations.keys()):
        old, new = before.consultations.get(unit), after.consultations.get(unit)
        if old == new:
            continue
        key = min((each.round for each in (old, new) if each is not None), key=_place(before))
        laid = _Laid(
            before.round(key), after.round(key), before.looked_at[CONSULTATION] | after.looked_at[CONSULTATION]
        )
        because = [*laid.naming(laid.read), *_warned_otherwise(laid, unit), *laid.tables()]
        yield _whole(laid, unit, "consultation", consultation(old), consultation(new), because)


def _warned_otherwise(laid: _Laid, unit: str) -> list[str]:
    mine = [
        {pair: told for pair, told in outcome.warned.items() if pair.unit == unit}
        for outcome in (laid.before, laid.after)
    ]
    return ["warnings"] if mine[0] != mine[1] else []


def _place(outcome: Outcome) -> Any:
    order = [each.key for each in outcome.rounds]
    return order.index


def _plain(value: Any) -> Any:
    return scoring.digits(value) if isinstance(value, Decimal) else value
