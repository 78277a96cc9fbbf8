"""Commands that stay: the server, the ticker and the worker."""

import threading
from typing import Any

import click
import waitress

from engine import ticker, worker
from engine.db import Database
from engine.errors import Refused
from web import create_app, vite
from web.cli.door import answer, command, opened_database, until_stopped


@command("tick")
@click.option("--once", is_flag=True, help="Do what is due now and stop.")
def tick(database: str | None, as_json: bool, once: bool) -> None:
    """Do what is due, now or for ever."""
    with opened_database(database) as opened:
        if once:
            done = ticker.beat(opened)
            answer({"advanced": done}, as_json, f"{done} matters advanced.")
        else:
            until_stopped(lambda stopping: ticker.run(opened, stopping))


class NoDoor(Refused):
    """Nothing can be served at {host}:{port}: {why}. Choose another with --host and --port."""

    code = "no_door"


class NoBroker(Refused):
    """A worker takes its hints from a broker; name it by BIHUAN_BROKER_URL. Without one, `bihuan serve` does everything."""

    code = "no_broker"


@command("worker")
def work(database: str | None, as_json: bool) -> None:
    """Do what the ticker finds due, on any number of machines; needs BIHUAN_BROKER_URL."""
    with opened_database(database) as opened:
        if not opened.settings.broker_url:
            raise NoBroker
        worker.run(opened)


@command("serve")
@click.option("--host", metavar="HOST", help="Address to listen on; BIHUAN_HOST or 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; PORT or 8000 by default.")
def serve(database: str | None, as_json: bool, host: str | None, port: int | None) -> None:
    """Serve everything in one process: pages, API, ticker."""
    with opened_database(database) as opened:
        _warn_unbuilt()
        address = (host or opened.settings.host, port or opened.settings.port)
        server = _server(opened, *address)
        answer(
            {"url": f"http://{address[0]}:{address[1]}"}, as_json, f"Bihuan serves on http://{address[0]}:{address[1]}"
        )
        with ticker.heartbeat(opened):
            until_stopped(lambda stopping: _serve(server, stopping))


def _warn_unbuilt() -> None:
    """The API does without the browser side, pages do not: whoever serves hears of it before the first visitor does."""
    try:
        vite.manifest(vite.DIST)
    except vite.NotBuilt as missing:
        click.echo(f"warning: {missing}", err=True)


def _server(opened: Database, host: str, port: int) -> Any:
    try:
        return waitress.create_server(create_app(database=opened), host=host, port=port, threads=8)
    except (OSError, ValueError) as error:
        raise NoDoor(host=host, port=port, why=getattr(error, "strerror", None) or str(error)) from None


def _serve(server: Any, stopping: threading.Event) -> None:
    """Requests under way are finished before the server ends."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    stopping.wait()
    server.close()
    thread.join(timeout=10)
