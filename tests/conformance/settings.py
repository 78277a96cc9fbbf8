"""The settings a fragment is put into: whatever works alone has to work in a loop, nested, called and beside others."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from tests.conformance.cases import Case, Fragment, fragments

Step = Mapping[str, Any]
_OVER: Final = {"open": [], "finished": True, "incident": None, "due": None}


def settled() -> list[Case]:
    """Every fragment in every setting."""
    return [put(fragment) for put in SETTINGS.values() for fragment in fragments()]


def _alone(piece: Fragment) -> Case:
    text = f"start s\nend e\n{piece.diagram}\ns -> {piece.enter}\n{piece.leave} -> e"
    over = {**_OVER, "variables": piece.gives, "visited": [*piece.visited]}
    return _case("fragments", piece, text, piece.steps, over)


def _in_a_loop(piece: Fragment) -> Case:
    """Twice round."""
    text = f"""
    start s
    xor round_again
    script round_done feel="rounds + 1" resultVariable=rounds
    xor rounds_over
    end e
    {piece.diagram}
    s -> round_again -> {piece.enter}
    {piece.leave} -> round_done -> rounds_over
    rounds_over -> round_again if rounds < 2
    rounds_over -> e default
    """
    over = {**_OVER, "variables": piece.rounds_give}
    return _case("in_a_loop", piece, text, [*piece.steps, *piece.again], over, rounds=0)


def _nested(piece: Fragment) -> Case:
    text = f"""
    start s
    end e
    sub around_all {{
      start s1
      sub around {{
        start s2
        end e2
        {piece.diagram}
        s2 -> {piece.enter}
        {piece.leave} -> e2
      }}
      end e1
      s1 -> around -> e1
    }}
    s -> around_all -> e
    """
    over = {**_OVER, "variables": piece.gives, "visited": [*piece.visited, "around", "around_all"]}
    return _case("nested", piece, text, piece.steps, over)


def _called(piece: Fragment) -> Case:
    text = "start s\nend e\ncall out calls=called_out give:all=1 take:all=1\ns -> out -> e"
    inside = f"start s1\nend e1\n{piece.diagram}\ns1 -> {piece.enter}\n{piece.leave} -> e1"
    over = {**_OVER, "variables": piece.gives, "visited": [*piece.visited, "out"]}
    return _case("called", piece, text, piece.steps, over, others={"called_out": inside})


def _beside(piece: Fragment) -> Case:
    """Other work is open all the while; the block's join waits for both."""
    text = f"""
    start s
    and block
    user other_work
    and block_end
    end e
    {piece.diagram}
    s -> block
    block -> {piece.enter}
    {piece.leave} -> block_end
    block -> other_work -> block_end
    block_end -> e
    """
    waiting = {"open": ["other_work"], "finished": False, "incident": None}
    steps = [*map(_with_other_work, piece.steps), {"expect": waiting}, {"complete": "other_work"}]
    return _case("beside", piece, text, steps, {**_OVER, "variables": piece.gives})


def _with_other_work(step: Step) -> Step:
    if "open" not in step.get("expect", {}):
        return step
    return {"expect": {**step["expect"], "open": sorted([*step["expect"]["open"], "other_work"])}}


def _for_each(piece: Fragment) -> Case:
    """Two instances of a subprocess, one after the other."""
    text = f"""
    start s
    end e
    sub each_time times=2 sequential {{
      start s1
      end e1
      {piece.diagram}
      s1 -> {piece.enter}
      {piece.leave} -> e1
    }}
    s -> each_time -> e
    """
    over = {**_OVER, "variables": piece.rounds_give}
    return _case("for_each", piece, text, [*piece.steps, *piece.again], over)


def _case(
    group: str,
    piece: Fragment,
    text: str,
    steps: Iterable[Step],
    over: Step,
    *,
    others: Mapping[str, str] | None = None,
    **start: Any,
) -> Case:
    given = {**piece.given, "start": {**piece.given.get("start", {}), **start}}
    finally_ = {name: value for name, value in over.items() if value != {}}
    return Case(
        group=group,
        name=piece.name,
        diagram=text,
        says=piece.says,
        others={**piece.others, **(others or {})},
        given=given,
        steps=(*steps, {"expect": finally_}),
    )


SETTINGS: Final[Mapping[str, Callable[[Fragment], Case]]] = {
    "fragments": _alone,
    "in_a_loop": _in_a_loop,
    "nested": _nested,
    "called": _called,
    "beside": _beside,
    "for_each": _for_each,
}
