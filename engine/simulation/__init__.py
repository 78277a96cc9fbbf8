"""A year played with simulated people.

They act only through the doors a person has: they see their inbox, open a task, fill in its form and hand it in through
the same verb and the same check of rights, upload real files. When each of them acts and how each chooses is drawn from
hashes, so the same seed is the same year, and a run that was killed goes on as if it had not been.
"""

from engine.simulation.playing import Played, play

__all__ = ["Played", "play"]
