"""Work done by several processes at once, its answers in the order of the questions.

Only a few questions are under way at a time, so that any number of them takes the memory of a few.
"""

import gc
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from engine.errors import Broken

#: Questions under way for each process: one at work, one waiting for it.
AHEAD = 2
_Kept = TypeVar("_Kept")
_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


class WorkerLost(Broken):
    """A process that worked on the batch was ended from outside, perhaps for want of memory; nothing after is answered."""

    code = "worker_lost"


def is_allowed() -> bool:
    """Whether this process may have others work for it: a worker that is itself one of a pool may not."""
    return not multiprocessing.current_process().daemon


def in_order(
    answer: Callable[[_Question], _Answer], asked: Iterable[tuple[_Kept, _Question]], processes: int
) -> Iterator[tuple[_Kept, _Answer]]:
    """What is kept here of each question, with its answer; ``answer`` is a function of a module. Raises ``WorkerLost``."""
    waiting: deque[tuple[_Kept, Future[_Answer]]] = deque()
    # Started afresh: a copy of this process would inherit its threads' locks in whatever state they are.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=fresh, initializer=_settle, initargs=(answer,)) as others:
        try:
            for kept, question in asked:
                waiting.append((kept, others.submit(answer, question)))
                if len(waiting) >= processes * AHEAD:
                    yield _taken(waiting)
            while waiting:
                yield _taken(waiting)
        except BrokenProcessPool:
            raise WorkerLost from None
        finally:
            # Who stops reading in the middle waits for nothing that is not begun.
            others.shutdown(wait=True, cancel_futures=True)


def _settle(_answer: object) -> None:
    """What was loaded to bring ``answer`` over stays, and need not be looked through for garbage with every batch."""
    gc.collect()
    gc.freeze()


def _taken(waiting: deque[tuple[_Kept, "Future[_Answer]"]]) -> tuple[_Kept, _Answer]:
    kept, answer = waiting.popleft()
    return kept, answer.result()
