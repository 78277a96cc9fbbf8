"""Names of one word, of several, in any script."""

import pytest

from engine import feel


def test_a_name_may_be_chinese() -> None:
    assert (
        feel.compile('完成率 >= 0.9 and 单位.名称 = "甲县"').evaluate({"完成率": 0.95, "单位": {"名称": "甲县"}})
        is True
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Full Name", 'Full Name + "!"'),
        ("Full Name", 'Full   Name + "!"'),
        ("order-total", 'order-total + "!"'),
        ("第1季度 得分", '第1季度 得分 + "!"'),
        ("3月完成率", '3月完成率 + "!"'),
        ("days in weekend", 'days in weekend + "!"'),
        ("a+b", 'a+b + "!"'),
        ("Applicant's income", 'Applicant\'s income + "!"'),
    ],
)
def test_a_declared_name_may_be_more_than_a_word(name: str, text: str) -> None:
    assert feel.compile(text, [name]).evaluate({name: "x"}) == "x!"


def test_blanks_around_a_minus_make_it_one() -> None:
    given = {"order": 5, "total": 3, "order-total": 99}
    assert feel.compile("order - total", given).evaluate(given) == 2
    assert feel.compile("order-total", given).evaluate(given) == 99
    assert feel.compile("order-total").evaluate(given) == 2


def test_the_longest_name_wins() -> None:
    given = {"a": 1, "a b": 2, "a b c": 3}
    assert feel.compile("a b c + a b + a", given).evaluate(given) == 6


def test_the_longest_name_wins_wherever_it_was_defined() -> None:
    assert feel.compile("{a b: 1, r: a b c + a b}.r", ["a b c"]).evaluate({"a b c": 5}) == 6


def test_an_undeclared_second_word_is_a_syntax_error() -> None:
    with pytest.raises(feel.FeelSyntaxError) as refusal:
        feel.compile("Full Name")
    assert refusal.value.facts["position"] == 6


def test_names_defined_in_the_text_are_known_from_there_on() -> None:
    assert feel.compile("{first part: 2, sum of all: first part + 1}").evaluate({}) == {
        "first part": 2,
        "sum of all": 3,
    }
    assert feel.compile("{first part: 2}.first part").evaluate({}) == 2
    assert feel.compile("for each one in [1, 2] return each one * 2").evaluate({}) == [2, 4]
    assert feel.compile("(function(the number) the number + 1)(2)").evaluate({}) == 3


def test_a_name_may_hold_a_picture() -> None:
    assert feel.compile('{🐎: "bar"}').evaluate({}) == {"🐎": "bar"}


def test_a_variable_does_not_hide_the_function_of_its_name() -> None:
    given = {"date": "2026-04-01", "count": 3, "sum": 1}
    assert feel.compile("string(date(date).month)").evaluate(given) == "4"
    assert feel.compile("count([1, 2]) < count").evaluate(given) is True


def test_the_words_of_a_function_name_are_only_words_elsewhere() -> None:
    assert feel.compile("date and time").evaluate({"date": True, "time": False}) is False


def test_an_expression_says_which_variables_it_reads() -> None:
    text = "a.b + count(items[price > limit]) + (for i in list return i * factor)[1] + {x: 1, y: x + z}.y + n(1)"
    expression = feel.compile(text)
    assert expression.names == {"a", "items", "list", "factor", "z", "n"}
    assert expression.item_names == {"price", "limit"}


def test_a_function_of_a_context_may_call_itself() -> None:
    expression = feel.compile("{fact: function(n) if n < 2 then 1 else n * fact(n - 1), r: fact(5)}.r")
    assert expression.evaluate({}) == 120
    assert expression.names == frozenset()


def test_an_entry_of_its_own_name_reads_the_host() -> None:
    expression = feel.compile("{total: total + 1}")
    assert expression.names == {"total"}
    assert expression.evaluate({"total": 1}) == {"total": 2}


def test_names_in_finds_what_has_to_be_declared() -> None:
    assert feel.names_in({"a": [{"b c": 1}], "d-e": {"f": 2}}) == {"b c", "d-e"}


@pytest.mark.parametrize("text", ["// a comment\n1 + /* two */ 2", "1 +\n\t2"])
def test_comments_and_line_breaks_are_blanks(text: str) -> None:
    assert feel.compile(text).evaluate({}) == 3


def test_compiling_twice_gives_the_same_expression() -> None:
    assert feel.compile("a + 1") is feel.compile("a + 1", ["plain"])
