"""Contexts: read, made, put together. None is ever changed in place."""

from typing import Any

from engine.feel.builtins.registry import built_in
from engine.feel.run import Run
from engine.feel.values import Value

Context = dict[str, Any]


@built_in("get value", "m: context?, key: string?")
def get_value(m: Context | None, key: str | None) -> Value:
    return None if m is None or key is None else m.get(key)


@built_in("get value", "m: context?, key: list")
def get_value_at(m: Context | None, keys: list[Value]) -> Value:
    if not keys:
        return None
    value: Value = m
    for key in keys:
        if type(value) is not dict or type(key) is not str:
            return None
        value = value.get(key)
    return value


@built_in("get entries", "m: context")
def get_entries(m: Context) -> list[Value]:
    return [{"key": name, "value": value} for name, value in m.items()]


@built_in("context", "entries: list")
def context(run: Run, entries: list[Value]) -> Context | None:
    made: Context = {}
    run.charge(len(entries))
    for entry in entries:
        if type(entry) is not dict or "value" not in entry:
            return None
        name = entry.get("key")
        if type(name) is not str or name in made:
            return None
        made[name] = entry["value"]
    return made


@built_in("context put", "context: context, key: string, value: any")
def context_put(run: Run, old: Context, key: str, value: Value) -> Context:
    run.charge(1 + len(old) // 16)
    return {**old, key: value}


@built_in("context put", "context: context, keys: list, value: any")
def context_put_at(run: Run, old: Context, keys: list[Value], value: Value) -> Context | None:
    run.charge(1 + len(old) // 16)
    key, *rest = keys or [None]
    if type(key) is not str:
        return None
    if not rest:
        return {**old, key: value}
    inner = old.get(key)
    changed = context_put_at(run, inner, rest, value) if type(inner) is dict else None
    return None if changed is None else {**old, key: changed}


@built_in("context merge", "contexts: list")
def context_merge(run: Run, contexts: list[Value]) -> Context | None:
    merged: Context = {}
    for each in contexts:
        if type(each) is not dict:
            return None
        run.charge(1 + len(each) // 4)
        merged.update(each)
    return merged
