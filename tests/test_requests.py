import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from engine import requests
from engine.errors import Conflict
from engine.people import Person
from engine.requests import Answer, KeyReused
from tests.cast import MONDAY, Office

FIRST = Answer(200, "application/json", None, b'{"n": 1}')


class Acts:
    """Counts how often it is done; each time adds a person, so that an effect is to be seen in the database."""

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self.done, self.before = 0, before

    def do(self, office: Office, key: str | None = "k1", account: str = "li", call: str = "POST /tasks/1") -> Answer:
        with office.by(account, key=key) as ctx:

            def act() -> Answer:
                self.done += 1
                self.before()
                ctx.session.add(Person(account=f"new{self.done}", name="new"))
                return Answer(200, "application/json", None, b'{"n": %d}' % self.done)

            return requests.once(ctx, account, call, act)


def test_the_same_key_twice_is_one_effect_and_the_same_answer(office: Office) -> None:
    acts = Acts()
    assert [acts.do(office), acts.do(office), acts.do(office)] == [FIRST] * 3
    assert acts.done == 1


def test_an_answer_with_a_place_to_go_is_given_again_whole(office: Office) -> None:
    answer = Answer(303, "text/html; charset=utf-8", "/tasks/12/after", "完成".encode())
    for _ in range(2):
        with office.by("li", key="k1") as ctx:
            assert requests.once(ctx, "li", "POST /tasks/1", lambda: answer) == answer


def test_without_a_key_each_call_is_an_act(office: Office) -> None:
    acts = Acts()
    assert [acts.do(office, key=None).body, acts.do(office, key=None).body] == [b'{"n": 1}', b'{"n": 2}']


def test_another_key_is_another_act(office: Office) -> None:
    acts = Acts()
    acts.do(office, key="k1")
    acts.do(office, key="k2")
    assert acts.done == 2


def test_a_key_belongs_to_whoever_made_it(office: Office) -> None:
    """Two people may hit upon the same key; neither must see the other's answer."""
    acts = Acts()
    assert acts.do(office, account="li") != acts.do(office, account="wu")
    assert acts.done == 2


def test_a_key_used_for_another_call_is_refused(office: Office) -> None:
    acts = Acts()
    acts.do(office)
    with pytest.raises(KeyReused):
        acts.do(office, call="POST /tasks/2")
    assert acts.done == 1


def test_a_refused_act_gives_its_key_back(office: Office) -> None:
    def refuse() -> Answer:
        raise Conflict

    with pytest.raises(Conflict), office.by("li", key="k1") as ctx:
        requests.once(ctx, "li", "POST /tasks/1", refuse)
    assert Acts().do(office) == FIRST


def test_the_key_holds_across_time(office: Office) -> None:
    acts = Acts()
    acts.do(office)
    office.now = MONDAY + timedelta(days=1)
    assert acts.do(office) == FIRST
    assert acts.done == 1


def both_at_once(office: Office, acts: Acts) -> list[Answer | BaseException]:
    answers: list[Answer | BaseException] = []

    def call() -> None:
        try:
            answers.append(acts.do(office))
        except BaseException as error:
            answers.append(error)

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def test_of_two_at_the_same_instant_the_second_waits_and_gets_the_first_answer(office: Office) -> None:
    waiting = threading.Event()
    # The first lingers in its act, so that the second surely comes meanwhile.
    acts = Acts(before=lambda: waiting.wait(0.5) and None)
    assert both_at_once(office, acts) == [FIRST, FIRST]
    assert acts.done == 1


def test_when_the_first_of_two_fails_the_second_does_the_act(office: Office) -> None:
    failed = threading.Event()

    def fail_once() -> None:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("the first one stumbles")

    answers = both_at_once(office, Acts(before=fail_once))
    assert sorted(type(each).__name__ for each in answers) == ["Answer", "RuntimeError"]
    with office.by(reading=True) as ctx:
        assert ctx.session.query(Person).filter(Person.name == "new").count() == 1
