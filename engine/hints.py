"""Hints from the ticker to workers on any machine: "this matter is due". They carry nothing, so they cannot be wrong.

What is due and who works on it stands in the database, whose locks decide. A hint that is lost is given again by the next
beat; one that comes twice or late finds nothing to do. Redis and RabbitMQ both serve.
"""

from typing import TypeAlias

from celery import Celery
from kombu.exceptions import OperationalError

from engine.settings import Settings

#: The queue as the ticker and the workers hold it.
Queue: TypeAlias = Celery
ADVANCE = "bihuan.advance"
#: What the broker raises while it is away.
Away = OperationalError


def application(settings: Settings) -> Queue:
    """The queue as both sides speak to it. ``BIHUAN_BROKER_URL`` must be set."""
    queue = Celery("bihuan", broker=settings.broker_url, set_as_current=False)
    queue.conf.update(
        task_default_queue="bihuan",
        task_ignore_result=True,
        # A worker that dies in the middle has committed nothing; its hint is given to another.
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 10},
    )
    return queue


def give(queue: Queue, instance_id: int, seconds: int) -> None:
    """Tell the workers. Unheard for ``seconds`` it lapses, so that no heap grows while nobody works. Raises ``Away``."""
    queue.send_task(ADVANCE, [instance_id], expires=seconds, retry=False, ignore_result=True)
