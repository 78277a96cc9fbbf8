"""The reader's language: Chinese unless the person has chosen English."""

from collections.abc import Mapping

from flask import request

LANGUAGES = ("zh", "en")


def language() -> str:
    """``zh`` unless the person has chosen English; browsers of Chinese offices often claim to speak it."""
    chosen = request.cookies.get("language") if request else None
    return chosen if chosen in LANGUAGES else "zh"


def local_name(names: Mapping[str, str]) -> str:
    """A name given by language in a package."""
    return names.get(language()) or names.get("zh") or next(iter(names.values()))
