"""Several processes work on the same matters at the same time."""

from engine import workflow
from tests.cast import Office
from tests.contending import do_branch, together
from tests.workflow.running import deploy, equip, start, variables

BRANCHES = ["a", "b", "c", "d"]
FOUR_BRANCHES = "start s \n and split \n " + "".join(f"user {each} \n " for each in BRANCHES)
FOUR_BRANCHES += "and join \n user after \n s -> split \n join -> after \n "
FOUR_BRANCHES += " \n ".join(f"split -> {each} -> join" for each in BRANCHES)


def test_four_processes_in_the_branches_of_the_same_matters_lose_no_step(office: Office, database_url: str) -> None:
    """Each step reads a matter's whole state and writes it anew: one that was lost would be a branch not done."""
    deploy(equip(office), FOUR_BRANCHES)
    matters = [start(office, key=str(number)) for number in range(8)]
    done = together(do_branch, [(database_url, matters, branch) for branch in BRANCHES])
    assert done == [8] * 4
    with office.by(reading=True) as ctx:
        assert [each.element for each in workflow.of_instances(ctx, matters)] == ["after"] * 8
        assert {workflow.instance(ctx, matter).version for matter in matters} == {5}
    for matter in matters:
        assert variables(office, matter) == dict.fromkeys(BRANCHES, "done")
