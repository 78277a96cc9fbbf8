"""What one has begun and done, as lists that lead somewhere."""

import re
from collections.abc import Callable

from tests.web.browsing import Browser

As = Callable[[str], Browser]


def test_what_one_has_started_leads_to_where_it_stands(as_: As) -> None:
    browser = as_("lead1")
    page = browser.page("/started")
    ways = re.findall(r'<a class="matter" data-open href="(/tasks/\d+)">回头看督考：', page)
    assert ways
    assert "经过" in browser.page(ways[0])


def test_a_review_is_called_after_its_unit_and_indicator(as_: As) -> None:
    titles = re.findall(r"回头看督考：([^<]+)<", as_("lead1").page("/started"))
    assert titles and not [title for title in titles if "ZG-" in title or " · " not in title]
