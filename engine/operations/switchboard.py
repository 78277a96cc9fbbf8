"""The one registry of operations, and the decorators that enter a name in it."""

from typing import Any

from engine.workflow import Registry

registry = Registry()
operation, prepares = registry.operation, registry.prepares

Values = dict[str, Any]
