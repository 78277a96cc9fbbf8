"""Diagrams that are too many, too deep, know no end, or reach for what is not theirs."""

from typing import Final

from tests.hostile.attack import Attack, deploying, running
from tests.workflow.spiff.drawing import NAMESPACES, draw


def _file(body: str, before: str = "") -> bytes:
    return f"{before}<bpmn:definitions {NAMESPACES}>{body}</bpmn:definitions>".encode()


def _process(body: str) -> bytes:
    return _file(f'<bpmn:process id="main" isExecutable="true">{body}</bpmn:process>')


def _line(count: int, kind: str = "task", inner: str = "") -> str:
    """So many nodes one after the other."""
    nodes = "".join(f'<bpmn:{kind} id="t{n}">{inner}</bpmn:{kind}>' for n in range(count))
    flows = "".join(
        f'<bpmn:sequenceFlow id="f{n}" sourceRef="{f"t{n - 1}" if n else "s"}" '
        f'targetRef="{f"t{n}" if n < count else "e"}"/>'
        for n in range(count + 1)
    )
    return f'<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>{nodes}{flows}'


def _everything_to_everything(count: int) -> str:
    nodes = "".join(f'<bpmn:inclusiveGateway id="g{n}"/>' for n in range(count))
    flows = "".join(
        f'<bpmn:sequenceFlow id="f{a}_{b}" sourceRef="g{a}" targetRef="g{b}"/>'
        for a in range(count)
        for b in range(count)
    )
    return f'<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="g0"/>{nodes}{flows}'


def _conditions(count: int, text: str) -> str:
    """A gateway with so many ways out, each with the condition."""
    ends = "".join(f'<bpmn:endEvent id="e{n}"/>' for n in range(count))
    flows = "".join(
        f'<bpmn:sequenceFlow id="c{n}" sourceRef="x" targetRef="e{n}">'
        f"<bpmn:conditionExpression>{n} = 1 or {text}</bpmn:conditionExpression></bpmn:sequenceFlow>"
        for n in range(count)
    )
    gateway = '<bpmn:exclusiveGateway id="x"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="x"/>'
    return f'<bpmn:startEvent id="s"/>{gateway}{ends}{flows}'


_NESTED: Final = "".join(f'<bpmn:subProcess id="sub{n}">' for n in range(50)) + "</bpmn:subProcess>" * 50
_LAUGHS: Final = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
_PASSWD: Final = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]>'
_REMOTE: Final = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
_PARAMETER: Final = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>'
_ROUND: Final = """
    start s
    xor again
    script work feel='1' resultVariable=n
    s -> again
    again -> work -> again
"""
_FORKS: Final = """
    start s
    xor in
    and out
    s -> in -> out
    out -> in
    out -> in
"""
_ONE: Final = """
    start s
    %s
    end e
    s -> many -> e
"""
_ITSELF: Final = """
    start s
    call again calls=main
    end e
    s -> again -> e
"""
_COPIED: Final = '<bpmn:process id="main"><bpmn:documentation>{}</bpmn:documentation></bpmn:process>'

DIAGRAMS: Final = [
    Attack("two thousand flow nodes", "main", deploying(_process(_line(2_000)))),
    Attack("subprocesses fifty deep", "main", deploying(_process(_NESTED))),
    Attack("elements a hundred thousand deep", "", deploying(_file("<bpmn:a>" * 100_000))),
    Attack("thirty thousand elements", "too_large", deploying(_file("<bpmn:a/>" * 30_000))),
    Attack("six megabytes", "too_large", deploying(_file(_COPIED.format("a" * 6_000_000)))),
    Attack("four megabytes of one text", "main", deploying(_file(_COPIED.format("a" * 4_000_000)))),
    Attack("entities that laugh", "None ", deploying(_file("<bpmn:a>&l11;</bpmn:a>", _LAUGHS))),
    Attack("an entity of a file", "doctype", deploying(_file("<bpmn:a>&p;</bpmn:a>", _PASSWD))),
    Attack("a DOCTYPE from elsewhere", "doctype", deploying(_file("<bpmn:a/>", _REMOTE))),
    Attack("an entity in the DOCTYPE", "doctype", deploying(_file("<bpmn:a/>", _PARAMETER))),
    Attack(
        "a DOCTYPE in UTF-16",
        "doctype",
        deploying(
            _LAUGHS.replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16")
            + _file("<a/>").decode().encode("utf-16-le")
        ),
    ),
    Attack(
        "a file to be included",
        "no_process",
        deploying(
            _file('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>')
        ),
    ),
    Attack("no XML at all", "not_xml", deploying(b"\x00\xff" * 10_000)),
    Attack("nodes that are all called the same", "duplicate_id", deploying(_process('<bpmn:task id="t"/>' * 9_000))),
    Attack("everything leads to everything", "main too_large", deploying(_process(_everything_to_everything(135)))),
    Attack("four hundred and ninety nodes in a line", "deployed", deploying(_process(_line(490))), is_refused=False),
    Attack(
        "conditions of four megabytes",
        "main too_large",
        deploying(_process(_conditions(240, "(a + b * c)" + "+ (a - b)" * 990))),
    ),
    Attack("a condition that is none", "c0", deploying(_process(_conditions(2, "for for for")))),
    Attack("a condition that does not end", "c0", deploying(_process(_conditions(2, "(" * 5_000)))),
    Attack(
        "a script of another language",
        "t0",
        deploying(
            _process(
                _line(1, "scriptTask", "<bpmn:script>import os; os._exit(1)</bpmn:script>").replace(
                    "<bpmn:scriptTask", '<bpmn:scriptTask scriptFormat="python"'
                )
            )
        ),
    ),
    Attack(
        "a class of Java",
        "t0",
        deploying(
            _process(
                _line(1, "serviceTask").replace(
                    "<bpmn:serviceTask", '<bpmn:serviceTask camunda:class="java.lang.Runtime"'
                )
            )
        ),
    ),
    Attack("a round that never waits", "10000 steps", running(draw(_ROUND)), is_refused=False),
    Attack("a fork that forks for ever", "10000 steps", running(draw(_FORKS)), is_refused=False),
    Attack("a process that calls itself", "deep", running(draw(_ITSELF)), is_refused=False),
    Attack(
        "a thousand million instances",
        "many: ",
        running(draw(_ONE % "user many times=1000000000")),
        is_refused=False,
    ),
    Attack(
        "as many instances as are allowed",
        "many: ",
        running(draw(_ONE % "task many times=10000")),
        is_refused=False,
    ),
    Attack(
        "a script that never ends",
        "many: ",
        running(draw(_ONE % "script many feel='for i in 1..1000000000 return i' resultVariable=n")),
        is_refused=False,
    ),
    Attack(
        "a variable that fills the state",
        "many: ",
        running(draw(_ONE % "script many feel='for i in 1..900 return long' resultVariable=n"), long="a" * 100_000),
        is_refused=False,
    ),
]
