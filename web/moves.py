"""What a person can do with a task besides doing it: when each move is offered, what it asks for, which verb it is."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request
from flask_babel import lazy_gettext

from engine import files, people, workflow
from engine.db import Context
from engine.errors import Invalid
from engine.workflow import copies, drawn, extensions, handing, moves, opinions, paper, signers, urging
from engine.workflow.paper import Manner
from engine.workflow.store import Parked, Side, Task, TaskStatus

_ = lazy_gettext


class NoDay(Invalid):
    """Give a day, such as 2026-04-30."""

    code = "no_day"


@dataclass(frozen=True, slots=True)
class Question:
    """A field of a move's form. ``kind`` is person, people, choice, text, day, file or yes."""

    name: str
    kind: str
    label: Any
    choices: list[tuple[str, str]] = field(default_factory=list)
    required: bool = True


@dataclass(frozen=True, slots=True)
class Move:
    label: Any
    offered: Callable[[Context, Task], bool]
    questions: Callable[[Context, Task], list[Question]]
    act: Callable[[Context, int, Mapping[str, str]], object]
    #: What the person should know before doing it.
    note: Any = ""


def offered(ctx: Context, task: Task) -> dict[str, Move]:
    """The moves the acting person has on a task now, in the order of the menu."""
    return {name: move for name, move in MOVES.items() if move.offered(ctx, task)}


# ---- when


def _mine(ctx: Context, task: Task) -> bool:
    return task.status == TaskStatus.OPEN and workflow.is_mine(ctx, task)


def _free(ctx: Context, task: Task) -> bool:
    return _mine(ctx, task) and task.side is None and task.delegated_by is None and task.parked is None


def _may_ask_signer(ctx: Context, task: Task) -> bool:
    return _mine(ctx, task) and task.side is None and task.delegated_by is None and task.parked in (None, Parked.BEFORE)


def _own_signers(ctx: Context, task: Task) -> list[tuple[str, str]]:
    """Signers of the task who have not spoken, by their own task."""
    waiting = (TaskStatus.OPEN, TaskStatus.WAITING)
    left = [(own.id, signer.account) for signer, own in signers.of_task(ctx, task) if own.status in waiting]
    known = people.names(ctx, [account for _, account in left])
    return [(str(identity), known.get(account, account)) for identity, account in left]


# ---- what is asked


def named_people(ctx: Context, accounts: list[str]) -> list[tuple[str, str]]:
    """Each account with what people know its holder by: the name and the unit, or the account where it has no post."""
    known, units = people.names(ctx, accounts), people.units_of(ctx, accounts)
    labels = {each: f"{known.get(each, each)}（{'、'.join(units.get(each, [each]))}）" for each in accounts}
    twice = {label for label, count in Counter(labels.values()).items() if count > 1}
    return [(each, f"{label} {each}" if label in twice else label) for each, label in labels.items()]


def _reason(*, required: bool = True, label: Any = None) -> Question:
    return Question("reason", "text", label or _("Reason"), required=required)


def _to_colleague(ctx: Context, task: Task) -> list[Question]:
    choices = named_people(ctx, handing.colleagues(ctx, task))
    return [Question("to", "person", _("To whom"), choices), _reason(required=False)]


def _to_adviser(ctx: Context, task: Task) -> list[Question]:
    choices = named_people(ctx, handing.advisers(ctx, task))
    return [Question("to", "person", _("Whom"), choices), _reason(label=_("What you ask"))]


def _voter(ctx: Context, task: Task) -> list[Question]:
    if drawn.element(ctx, task).assignee is not None:
        choices = named_people(ctx, handing.advisers(ctx, task))
    else:
        choices = [(unit.code, unit.name) for unit in people.units(ctx)]
    return [Question("to", "person", _("Whom"), choices), _reason()]


def day(text: str) -> date:
    """A day as a form sends it. Raises ``NoDay``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NoDay from None


def _scan(ctx: Context) -> int:
    upload = request.files.get("scan")
    if upload is None or not upload.filename:
        raise paper.WrongScan
    return files.store(ctx, upload.filename, upload.stream).id


def _record(ctx: Context, task_id: int, given: Mapping[str, str]) -> object:
    answers = {name.removeprefix("answer."): value for name, value in given.items() if name.startswith("answer.")}
    signed_on, manner = day(given.get("signed_on", "")), Manner(given.get("manner", Manner.SIGNED))
    file_id = _scan(ctx)
    return paper.sign_on_paper(
        ctx, task_id, answers, signer=given.get("to", ""), signed_on=signed_on, file_id=file_id, manner=manner
    )


def _paper(ctx: Context, task: Task) -> list[Question]:
    schema = workflow.form_of(ctx, task) if task.form else {"components": []}
    return [
        Question(
            "to",
            "person",
            _("Who has signed"),
            named_people(ctx, [each for each in paper.signers(ctx, task) if each != ctx.actor]),
        ),
        Question("signed_on", "day", _("Signed on")),
        Question("manner", "choice", _("Manner"), [("signed", str(_("Signed by hand"))), ("sealed", str(_("Sealed")))]),
        Question("scan", "file", _("Scan of the paper")),
        *(_answer(each) for each in schema["components"] if each.get("key")),
    ]


def _answer(component: Mapping[str, Any]) -> Question:
    choices = [(str(each["value"]), str(each["label"])) for each in component.get("values", [])]
    required = bool(component.get("validate", {}).get("required"))
    name, label = f"answer.{component['key']}", component.get("label", component["key"])
    return Question(name, "choice" if choices else "text", label, choices, required)


MOVES: dict[str, Move] = {
    "transfer": Move(
        _("Transfer"),
        lambda ctx, task: _free(ctx, task) and bool(handing.colleagues(ctx, task)),
        _to_colleague,
        lambda ctx, task_id, given: handing.transfer(ctx, task_id, given["to"], given["reason"]),
        _("The task is the other person's from then on."),
    ),
    "delegate": Move(
        _("Ask for an opinion"),
        _free,
        _to_adviser,
        lambda ctx, task_id, given: handing.delegate(ctx, task_id, given["to"], given["reason"]),
        _("The task comes back to you with the opinion; you still do it."),
    ),
    "give-back": Move(
        _("Give back with an opinion"),
        lambda ctx, task: _mine(ctx, task) and task.delegated_by is not None,
        lambda ctx, task: [_reason(label=_("Opinion"))],
        lambda ctx, task_id, given: handing.give_back(ctx, task_id, given["reason"]),
    ),
    "take-back": Move(
        _("Take back"),
        lambda ctx, task: task.status == TaskStatus.OPEN and task.delegated_by in (ctx.on_behalf_of or ctx.actor,),
        lambda ctx, task: [_reason(required=False)],
        lambda ctx, task_id, given: handing.take_back(ctx, task_id, given["reason"]),
    ),
    "sign": Move(
        _("Sign"),
        lambda ctx, task: _mine(ctx, task) and task.side is not None,
        lambda ctx, task: [
            Question("agreed", "choice", _("Do you agree"), [("yes", str(_("Agree"))), ("no", str(_("Do not agree")))]),
            _reason(required=False, label=_("Opinion")),
        ],
        lambda ctx, task_id, given: signers.sign(
            ctx, task_id, agreed=given.get("agreed") == "yes", opinion=given["reason"]
        ),
    ),
    "sign-before": Move(
        _("Add a signer before me"),
        _may_ask_signer,
        _to_adviser,
        lambda ctx, task_id, given: signers.ask_signer(ctx, task_id, given["to"], Side.BEFORE, given["reason"]),
        _("You hand in after they have spoken."),
    ),
    "sign-after": Move(
        _("Add a signer after me"),
        lambda ctx, task: _may_ask_signer(ctx, task) and task.ballot is None,
        _to_adviser,
        lambda ctx, task_id, given: signers.ask_signer(ctx, task_id, given["to"], Side.AFTER, given["reason"]),
        _("What you hand in goes on once they agree."),
    ),
    "remove-signer": Move(
        _("Take a signer off"),
        lambda ctx, task: (
            task.status == TaskStatus.OPEN and workflow.is_mine(ctx, task) and bool(_own_signers(ctx, task))
        ),
        lambda ctx, task: [Question("to", "person", _("Whom"), _own_signers(ctx, task)), _reason()],
        lambda ctx, task_id, given: signers.remove_signer(ctx, int(given["to"]), given["reason"]),
    ),
    "add-voter": Move(
        _("Add to this vote"),
        lambda ctx, task: _free(ctx, task) and signers.is_shared(ctx, task),
        _voter,
        lambda ctx, task_id, given: signers.add_voter(ctx, task_id, given["to"], given["reason"]),
        _("What the vote takes is counted anew."),
    ),
    "return": Move(
        _("Return"),
        lambda ctx, task: _free(ctx, task) and bool(moves.targets(ctx, task)),
        lambda ctx, task: [
            Question(
                "to", "choice", _("To which task"), [(each.element, each.name) for each in moves.targets(ctx, task)]
            ),
            _reason(),
        ],
        lambda ctx, task_id, given: moves.send_back(ctx, task_id, given["to"], given["reason"]),
        _("Everything that came of that task since is undone."),
    ),
    "withdraw": Move(
        _("Withdraw"),
        moves.may_withdraw,
        lambda ctx, task: [_reason()],
        lambda ctx, task_id, given: moves.withdraw(ctx, task_id, given["reason"]),
        _("Whoever has it now is told."),
    ),
    "extension": Move(
        _("Ask for more time"),
        lambda ctx, task: _free(ctx, task) and task.due_at is not None and ctx.now < task.due_at,
        lambda ctx, task: [
            Question("until", "day", _("Until")),
            _reason(),
            Question("progress", "text", _("Progress so far")),
        ],
        lambda ctx, task_id, given: extensions.ask_extension(
            ctx, task_id, day(given.get("until", "")), given["reason"], given.get("progress", "")
        ),
    ),
    "paper": Move(
        _("Record a paper signature"),
        lambda ctx, task: task.status == TaskStatus.OPEN and task.parked is None and paper.may_record(ctx, task),
        _paper,
        _record,
        _("It is kept as signed on paper by the one and recorded by the other."),
    ),
    "urge": Move(
        _("Urge"),
        lambda ctx, task: task.status == TaskStatus.OPEN and not workflow.is_mine(ctx, task),
        lambda ctx, task: [_reason(required=False, label=_("Message"))],
        lambda ctx, task_id, given: urging.urge(ctx, task_id, given["reason"]),
    ),
    "copy": Move(
        _("Send a copy"),
        lambda ctx, task: task.side is None and task.status in (TaskStatus.OPEN, TaskStatus.COMPLETED),
        lambda ctx, task: [
            Question("to", "people", _("To whom"), named_people(ctx, handing.advisers(ctx, task))),
            _reason(required=False),
        ],
        lambda ctx, task_id, given: copies.copy(ctx, task_id, request.form.getlist("to"), given["reason"]),
        _("A copy lets people see the task and nothing else."),
    ),
    "comment": Move(
        _("Comment"),
        lambda ctx, task: True,
        lambda ctx, task: [_reason(label=_("Comment"))],
        lambda ctx, task_id, given: opinions.comment(ctx, task_id, given["reason"]),
    ),
}
