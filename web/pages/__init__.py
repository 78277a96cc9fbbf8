"""Pages: each reads its input, makes one call of the engine, renders. Nothing is decided here."""

from flask import Flask

from web.pages import account, diagrams, frame, inbox, tasks

BLUEPRINTS = (inbox.inbox, tasks.tasks, account.account, diagrams.diagrams)


def register(app: Flask) -> None:
    frame.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
