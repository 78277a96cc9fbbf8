"""Attributes of diagrams: FEEL as it is, JUEL translated or refused."""

import pytest

from engine import feel

GIVEN = {
    "amount": 10,
    "approved": True,
    "name": "Bob",
    "items": [1, 2],
    "order": {"total": 7, "lines": [{"sku": "a"}]},
    "x": None,
    "status": "NEW",
    "金额": 8,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${amount > 5 && approved}", True),
        ("${amount gt 5 and !approved}", False),
        ("${name == 'Bob' || amount < 1}", True),
        ("${empty x}", True),
        ("${not empty items}", True),
        ("${amount % 3 == 1}", True),
        ("${order.total >= 7 ? 'hi' : 'lo'}", "hi"),
        ("${execution.getVariable('amount') == 10}", True),
        ("${execution.hasVariable('nothing')}", False),
        ("${items.size() > 1}", True),
        ("${items.contains(2)}", True),
        ("${name.contains('ob')}", True),
        ("${name.length() eq 3}", True),
        ("${name.toLowerCase().startsWith('b')}", True),
        ("${order['total'] + 1}", 8),
        ("${order.lines[0].sku}", "a"),
        ("${status.equals('NEW')}", True),
        ("${(amount + 2) * 3 == 36}", True),
        ("${amount - (3 - 1)}", 8),
        ("${1 - 2 - 3}", -4),
        ("${2 + 3 * 4 == 14 && 1 < 2}", True),
        ("${amount == 1 || amount == 10 && approved}", True),
        ("${金额 > 5}", True),
        ("#{approved}", True),
        ("  ${ amount }  ", 10),
        ("${x > 5}", None),
        ("${!x}", True),
        ("${-amount}", -10),
        ("${'}' == name}", False),
        ("${name == 'it\\'s'}", False),
        ("= amount + 1", 11),
        ("amount + 1", 11),
        ('="${x}"', "${x}"),
    ],
)
def test_what_it_means(text: str, expected: object) -> None:
    assert feel.compile(feel.read(text)).evaluate(GIVEN) == expected


def test_plain_text_is_left_alone() -> None:
    assert feel.read(" P30D ") == " P30D "
    assert feel.read("a > 1") == "a > 1"


@pytest.mark.parametrize(
    "text",
    [
        "${bean.check(amount)}",
        "${check(amount)}",
        "${a ? }",
        "text ${x}",
        "${a}${b}",
        "${a} and more",
        '"Dear ${name}"',
        "${execution.id}",
        "${execution}",
        "${items[amount]}",
        "${amount instanceof Integer}",
        "${}",
        "${amount > 5",
        "${a = 5}",
        "${" + "(" * 100 + "1" + ")" * 100 + "}",
        "${x" + ".contains('a')" * 30 + "}",
        "${" + "a" * 20_001 + "}",
    ],
)
def test_what_would_have_to_be_guessed_is_refused(text: str) -> None:
    with pytest.raises(feel.Untranslatable) as refusal:
        feel.read(text)
    assert refusal.value.code == "untranslatable"
    assert refusal.value.facts["token"]
