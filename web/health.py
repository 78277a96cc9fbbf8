"""Is it alive, is it ready, how is it: for machines, and in one page for people."""

import shutil
from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from engine import migrations, workflow
from engine.db import Context, transaction
from engine.workflow.store import Incident, Instance, Status, Task, TaskStatus, Wait
from web.boundary import database

health = Blueprint("health", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(health)


@health.get("/livez")
def alive() -> Response:
    """The process answers; nothing else is asked."""
    return Response("ok\n", content_type="text/plain")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Whether requests can be served: the database answers and is at this program's revision, files can be written."""
    opened = database()
    found = migrations.revision(opened.engine)
    opened.files.mkdir(parents=True, exist_ok=True)
    usage = shutil.disk_usage(opened.files)
    state = {"revision": found, "needed": migrations.head(), "disk_free": round(usage.free / usage.total, 3)}
    fine = found == migrations.head() and usage.free / usage.total > 0.05
    return jsonify({"ready": fine, **state}), 200 if fine else 503


@health.get("/healthz")
def summary() -> Response:
    """How the machine is: what is overdue in it, not in the office."""
    with transaction(database(), reading=True) as ctx:
        return jsonify(_figures(ctx))


@health.get("/metrics")
def metrics() -> Response:
    collected = CollectorRegistry()
    with transaction(database(), reading=True) as ctx:
        for name, value in _figures(ctx).items():
            Gauge(f"bihuan_{name}", name.replace("_", " "), registry=collected).set(value)
    return Response(generate_latest(collected), content_type=CONTENT_TYPE_LATEST)


def _figures(ctx: Context) -> dict[str, Any]:
    oldest = workflow.next_due(ctx)
    late = max((ctx.now - oldest).total_seconds(), 0) if oldest else 0
    return {
        "timer_lag_seconds": round(late, 1),
        "timers_waiting": _count(ctx, select(func.count()).where(Wait.due_at.is_not(None))),
        "tasks_open": _count(ctx, select(func.count()).where(Task.status == TaskStatus.OPEN)),
        "instances_running": _count(ctx, select(func.count()).where(Instance.status == Status.RUNNING)),
        "incidents_open": _count(ctx, select(func.count()).where(Incident.resolved_at.is_(None))),
    }


def _count(ctx: Context, query: Any) -> int:
    return ctx.session.scalar(query) or 0
