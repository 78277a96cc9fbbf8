"""Fixtures of the browser tests, by name."""

from tests.browser.assets_app import address, recorded, visit, window
from tests.browser.served import collecting, entering

__all__ = ["address", "collecting", "entering", "recorded", "visit", "window"]
