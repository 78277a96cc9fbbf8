"""What is wrong with a drawn thing, said once for every kind of drawing."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One complaint: the element it is about (its id, or None for the file as a whole), how grave, and what to mend.

    ``code`` is stable, ``message`` is one English sentence. An error stops a deployment, a warning does not.
    """

    element: str | None
    severity: Literal["error", "warning"]
    code: str
    message: str
