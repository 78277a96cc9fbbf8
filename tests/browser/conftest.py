"""Fixtures of the browser tests, by name."""

from tests.browser.assets_app import address, chromium, recorded, visit, window

__all__ = ["address", "chromium", "recorded", "visit", "window"]
