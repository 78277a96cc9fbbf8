"""``python -m engine.operations`` writes the table of operations in ``processes/README.md`` anew."""

from pathlib import Path

from engine.operations import registry
from engine.workflow import Operation

GUIDE = Path(__file__).resolve().parents[2] / "processes" / "README.md"
BEGIN = "<!-- operations: written by `python -m engine.operations` -->\n"
END = "<!-- end of operations -->\n"


def guide(text: str) -> str:
    """The guide with its table as the registry has it now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def table() -> str:
    """One row for each operation, by name; an optional parameter is marked with a question mark."""
    head = "| operation | what it does | parameters | outputs |\n|---|---|---|---|\n"
    return head + "".join(_row(registry[name]) for name in sorted(registry))


def _row(operation: Operation) -> str:
    given = ", ".join(f"`{each.name}`{'' if each.required else '?'}: {each.type}" for each in operation.parameters)
    outputs = "; ".join(f"`{name}`: {meaning}" for name, meaning in operation.outputs.items())
    return f"| `{operation.name}` | {operation.summary} | {given} | {outputs} |\n"


if __name__ == "__main__":
    GUIDE.write_text(guide(GUIDE.read_text("utf-8")), "utf-8")
