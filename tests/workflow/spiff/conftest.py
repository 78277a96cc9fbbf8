import pytest

from tests.workflow.spiff.walking import Begin, begin_with


@pytest.fixture(params=["straight", "stored"])
def walks(request: pytest.FixtureRequest) -> Begin:
    """Starts a walk: ``walks(diagram, variable=...)``. Each test that uses it runs in memory and stored between steps."""
    return begin_with(stored=request.param == "stored")
