from tests.workflow.spiff.walking import Begin

ROUND = """
start s
xor again
and split
user a
user b
and join
user c
xor more
end e
s -> again -> split -> a -> join -> c -> more
split -> b -> join
more -> again if more
more -> e default
"""


def test_a_join_waits_for_every_flow_in_every_round(walks: Begin) -> None:
    walk = walks(ROUND)
    for more in (True, True, False):
        walk.complete("b")
        assert walk.open == ["a"]
        walk.complete("a")
        assert walk.open == ["c"]
        walk.complete("c", more=more)
    assert walk.finished
    assert walk.visited == ["b", "a", "c"] * 3


def test_a_second_token_by_the_same_flow_waits_for_the_next_firing(walks: Begin) -> None:
    """Two tokens come by the first flow and two by the second: the join fires twice, once for each pair."""
    walk = walks("""
    start s
    and p
    user a
    user b
    xor m
    user c
    and join
    user d
    s -> p
    p -> a -> m
    p -> b -> m
    m -> join
    p -> c -> join
    join -> d
    """)
    walk.complete("a")
    walk.complete("b")
    assert walk.open == ["c"]
    walk.complete("c")
    assert walk.open == ["d"]
    walk.complete("d")
    assert not walk.finished
    assert walk.incidents == ["join"]  # the second token by the first flow waits for nobody


def test_a_join_nobody_can_reach_any_more_is_an_incident(walks: Begin) -> None:
    walk = walks("""
    start s
    xor x
    user a
    user b
    and join
    s -> x -> a if true
    x -> b default
    a -> join
    b -> join
    """)
    walk.complete("a")
    assert walk.incidents == ["join"]
    assert not walk.finished


INCLUSIVE = """
start s
xor again
or split
user a
user b
user c
or join
user d
xor more
s -> again -> split
split -> a if a
split -> b if b
split -> c default
a -> join
b -> join
c -> join
join -> d -> more
more -> again if more
"""


def test_an_inclusive_join_waits_for_what_was_started_and_not_for_more(walks: Begin) -> None:
    walk = walks(INCLUSIVE, a=True, b=True)
    walk.complete("a")
    assert walk.open == ["b"]
    walk.complete("b")
    assert walk.open == ["d"]
    walk.complete("d", more=True, b=False)
    assert walk.open == ["a"]
    walk.complete("a")
    assert walk.open == ["d"]
    walk.complete("d", more=True, a=False)
    assert walk.open == ["c"]
    walk.complete("c")
    assert walk.open == ["d"]


def test_an_inclusive_join_waits_for_a_branch_that_may_still_come_round(walks: Begin) -> None:
    """b may go back to its own beginning: as long as it runs, the join waits."""
    walk = walks("""
    start s
    and split
    user a
    xor m
    user b
    xor x
    or join
    user d
    s -> split -> a -> join
    split -> m -> b -> x
    x -> m if again
    x -> join default
    join -> d
    """)
    walk.complete("a")
    walk.complete("b", again=True)
    assert walk.open == ["b"]
    walk.complete("b", again=False)
    assert walk.open == ["d"]


def test_an_inclusive_join_does_not_wait_for_a_branch_that_has_left(walks: Begin) -> None:
    walk = walks("""
    start s
    and split
    user a
    user b
    xor x
    or join
    user d
    user out
    s -> split -> a -> join
    split -> b -> x
    x -> out if leave
    x -> join default
    join -> d
    """)
    walk.complete("a")
    assert walk.open == ["b"]
    walk.complete("b", leave=True)
    assert walk.open == ["d", "out"]


def test_an_inclusive_join_waits_for_a_boundary_event_that_may_lead_to_it(walks: Begin) -> None:
    walk = walks("""
    start s
    and split
    user a
    user b
    boundary late on=b message=stop
    end e
    or join
    user d
    s -> split -> a -> join
    split -> b -> e
    late -> join
    join -> d
    """)
    walk.complete("a")
    assert walk.open == ["b"]
    walk.complete("b")
    assert walk.open == ["d"]


def test_an_inclusive_join_waits_for_a_link_that_leads_to_it(walks: Begin) -> None:
    walk = walks("""
    start s
    and split
    user a
    user b
    throw out link=L
    catch in link=L
    or join
    user d
    s -> split -> a -> join
    split -> b -> out
    in -> join
    join -> d
    """)
    walk.complete("a")
    assert walk.open == ["b"]
    walk.complete("b")
    assert walk.open == ["d"]


def test_two_inclusive_joins_that_wait_for_each_other_do_not_wait_for_ever(walks: Begin) -> None:
    """Each can still be reached from the other. Of the two the one that has waited longer goes on, then the other."""
    walk = walks(
        """
    start s
    and split
    user a
    user b
    or j1
    or j2
    xor x1
    xor x2
    user c
    user d
    s -> split
    split -> a -> j1
    split -> b -> j2
    j1 -> c -> x1
    j2 -> d -> x2
    x1 -> j2 if back
    x2 -> j1 if back
    end e1
    end e2
    x1 -> e1 default
    x2 -> e2 default
    """,
        back=False,
    )
    walk.complete("a")
    assert walk.open == ["b"]
    walk.complete("b")
    assert walk.open == ["c"]
    walk.complete("c")
    assert walk.open == ["d"]
    walk.complete("d")
    assert walk.finished


def test_an_inclusive_gateway_that_only_splits_does_not_lag_behind(walks: Begin) -> None:
    walk = walks("""
    start s
    and p
    or x
    script a feel=1 resultVariable=v
    xor y
    script b feel=1 resultVariable=v
    s -> p
    p -> x -> a
    p -> y -> b
    """)
    assert walk.visited == ["a", "b"]
