"""Every kind of page, opened in a browser on the served demo: no complaint of script, policy or server, no way sideways."""

import re
from collections import Counter

import pytest

from tests.browser.assets_app import Visit
from tests.browser.demo_city import SignedIn, played_demo, served_demo, sign_in
from tests.web.crawling import english_left

__all__ = ["played_demo", "served_demo", "sign_in"]

pytestmark = pytest.mark.browser

#: What is no page: files, and what changes the language of this window.
NO_PAGE = re.compile(r"\.(xlsx|bpmn|xml|json|zip|csv|pdf|docx)(\?|$)|^/(files|language)/|/scan$|[?&]as=(pdf|docx)")
#: Two addresses with these alike are the same kind of page.
ALIKE = re.compile(r"\?.*|(?<=/)([A-Z]+\d*|\d+)(?=/|$)")
WIDE, PHONE = {"viewport": {"width": 1300, "height": 900}}, {"viewport": {"width": 390, "height": 844}}


@pytest.mark.requirement("O1")
@pytest.mark.parametrize(
    ("account", "looks"),
    [("lead1", WIDE), ("a04_clerk", PHONE), ("admin1", WIDE)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_page_complains_speaks_english_or_scrolls_sideways(
    sign_in: SignedIn, account: str, looks: dict[str, dict[str, int]]
) -> None:
    visit = sign_in(account, **looks)
    wrong: dict[str, list[str]] = {}
    queue, kinds = ["/"], Counter({"/": 1})
    while queue:
        path = queue.pop(0)
        visit.page.goto(path)
        # What is fetched and drawn after the page is there may complain as well.
        visit.page.wait_for_timeout(200)
        if found := _wrong(visit):
            wrong[path] = found
        for link in visit.page.eval_on_selector_all("a[href]", "links => links.map(each => each.getAttribute('href'))"):
            kind = ALIKE.sub("*", link)
            if link.startswith("/") and not NO_PAGE.search(link) and not kinds[kind]:
                kinds[kind] += 1
                queue.append(link)
    assert len(kinds) > 12
    assert wrong == {}


def _wrong(visit: Visit) -> list[str]:
    """What is wrong with the page that is open; the next one begins anew."""
    found = list(visit.complaints)
    visit.complaints.clear()
    if not visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append("it scrolls sideways")
    lines = visit.page.locator("body").inner_text().splitlines()
    return found + sorted(english_left(line.strip() for line in lines if line.strip()))
