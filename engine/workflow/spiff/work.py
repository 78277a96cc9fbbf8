"""What each kind of element does when a token reaches it, and when its work is due."""

from collections.abc import Mapping
from typing import Any

from engine.workflow.spiff import activities, events, joins, people
from engine.workflow.spiff.data import context, deliver, evaluate, plain, resolve
from engine.workflow.spiff.frames import open_frame
from engine.workflow.spiff.host import BpmnError, Call, Decided, Failure
from engine.workflow.spiff.tokens import Halt, Rules, Token
from engine.workflow.spiff.waiting import wait


def arrive(token: Token) -> bool:
    """A token reaches its element; True when what the element does may begin."""
    run, element = token.top, token.element
    token.entered_at = run.now
    run.note("entered", token)
    if element.kind in joins.JOINS:
        return joins.arrive(token)
    if element.kind == "intermediateCatchEvent":
        return _catch(token)
    if not element.activity:
        return True
    if token.body is None and not activities.enter(token):
        return False
    if element.human:
        token.facts = people.facts(token)
    return True


def _catch(token: Token) -> bool:
    """A catch event without a definition, or for a link, is passed at once."""
    if all(event.kind == "link" for event in token.element.events):
        return True
    wait(token, token.element, token)
    events.take_early(token)
    return False


def perform(token: Token) -> bool:
    """Does what an element does by itself; True when that is all and the token may leave."""
    element = token.element
    match element.kind:
        case "scriptTask":
            _script(token)
        case "businessRuleTask" if element.operation is None:
            _decide(token)
        case "serviceTask" | "sendTask" | "businessRuleTask" if element.operation:
            return operate(token)
        case "serviceTask":
            raise Halt("no operation is named")
        case "sendTask":
            return _send(token)
        case "receiveTask":
            return _receive(token)
        case "subProcess" | "transaction" | "callActivity":
            token.local |= {name: resolve(value, token) for name, value in element.inputs.items()}
            open_frame(token)
            return False
        case "intermediateThrowEvent" | "endEvent":
            return _throw(token)
    return True


def _script(token: Token) -> None:
    element = token.element
    assert element.script is not None
    value = evaluate(element.script, token)
    deliver(token, {element.result: value} if element.result else {})


def _send(token: Token) -> bool:
    """It is done before what it sends is heard, so that who waits for it inside comes after it."""
    letters = [events.written(token, event) for event in token.element.events]
    token.complete()
    for letter in letters:
        events.post(token.top, letter)
    return False


def _receive(token: Token) -> bool:
    wait(token, token.element, token)
    events.take_early(token)
    return False


def _throw(token: Token) -> bool:
    """An event whose message is an operation's business calls that operation; nothing is thrown then."""
    if any(event.operation for event in token.element.events):
        return all(operate(token, event.operation) for event in token.element.events if event.operation)
    return events.throw(token)


def operate(token: Token, operation: str | None = None, answers: Mapping[str, Any] | None = None) -> bool:
    """Calls the element's operation and writes what it answers; False where the diagram has caught an error of it."""
    element = token.element
    call = Call(
        operation=operation or element.operation or "",
        inputs={name: resolve(value, token) for name, value in element.inputs.items()},
        element=element.id,
        item=token.item,
        locals=dict(token.local),
        properties={name: resolve(value, token) for name, value in element.properties.items()},
        answers=answers,
    )
    try:
        results = plain(token.top.host.operate(call))
    except Failure as failure:
        raise Halt(failure.cause) from failure
    except BpmnError as error:
        events.raise_error(token, error.error, error.data)
        return False
    if element.result and not element.outputs:
        results = {element.result: results}
    deliver(token, results)
    return True


def _decide(token: Token) -> None:
    element = token.element
    try:
        result = token.top.host.decide(element.decision or "", context(token))
    except Failure as failure:
        raise Halt(failure.cause) from failure
    value = mapped(result, element.decision_mapping)
    if element.result:
        deliver(token, {element.result: value})
    elif isinstance(value, dict):
        deliver(token, value)
    else:
        raise Halt(f"the decision {element.decision} gives a value and nothing says what it is to be called")


def mapped(result: Any, how: str | None) -> Any:
    """A decision's result in the shape that ``mapDecisionResult`` names; without it, as the decision gives it."""
    if isinstance(result, Decided):
        result = result.value if how is None else list(map(dict, result.rows))
    rows = result if isinstance(result, list) else [] if result is None else [result]
    match how:
        case None:
            return result
        case "resultList":
            return rows
        case "collectEntries":
            return [_only_entry(row) for row in rows]
        case "singleEntry" | "singleResult":
            if len(rows) > 1:
                raise Halt(f"{how} was asked for and the decision gives {len(rows)} results")
            row = rows[0] if rows else None
            return _only_entry(row) if how == "singleEntry" else row
    raise Halt(f"a decision's result cannot be mapped as {how}")


def _only_entry(row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    if len(row) != 1:
        raise Halt(f"one entry was asked for and the decision gives {len(row)}")
    return next(iter(row.values()))


RULES = Rules(arrive, perform, activities.completed)
