"""Where the views of operations are defined and how their statements are made ready for an installation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from core.warehouse.statements import load, quoted, render, split

PACKAGE = "core.telemetry.operations"
FILE = "operations_views.sql"
VIEWS = ("requests", "agent_work", "agent_calls", "model_calls", "statements", "approvals", "knowledge_questions")
"""The names of the views; each has `user_id` and `user_role`, and none holds the text of a question or an answer."""


def operations_schema(state: str) -> str:
    """The schema of the views of a state schema: `main.aiops_ops` for `main.aiops`."""
    return f"{state}_ops"


def view_definitions(state: str) -> tuple[str, ...]:
    """The statements that make the schema and its views, in order; each is safe to repeat."""
    schema = quoted(operations_schema(state))
    text = render(_text().replace("{operations}", schema), state)
    return (f"CREATE SCHEMA IF NOT EXISTS {schema}", *split(text))


def script(state: str = "main.aiops") -> str:
    """The same as one SQL script, for whoever makes the views by hand; `infra/sql` holds it for `main.aiops`."""
    head = (
        f"-- Made from {PACKAGE.replace('.', '/')}/{FILE} by `python3 -m {PACKAGE}`; `init` runs the same statements.\n"
        f"CREATE SCHEMA IF NOT EXISTS {quoted(operations_schema(state))};\n\n"
    )
    return head + render(_text().replace("{operations}", quoted(operations_schema(state))), state)


def reports(schema: str = "main.aiops_ops") -> Mapping[str, str]:
    """The figures of `reports.sql` by name, over the views of `schema`; each takes :since and :until."""
    return {name: text.replace("{operations}", quoted(schema)) for name, text in load(PACKAGE, "reports.sql").items()}


@cache
def _text() -> str:
    return (files(PACKAGE) / FILE).read_text(encoding="utf-8")
