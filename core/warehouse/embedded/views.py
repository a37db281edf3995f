"""A view as it is stored: its SELECT as written, and what was fixed when it was made (columns, comments, properties).

The columns of a view are those of its making: a column that its table gets later does not show up in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

_HEADER = "-- aiops:view "


@dataclass(frozen=True)
class ViewColumn:
    """One output column: the name it has, the name the SELECT gives it, its type when made, and its comment."""

    name: str
    source: str
    type: str
    comment: str | None = None


@dataclass(frozen=True)
class View:
    """What a view's file holds."""

    text: str
    """The SELECT as it was written."""
    columns: tuple[ViewColumn, ...] = ()
    """Empty in a file that holds a SELECT alone."""
    comment: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The SELECT that the view's name stands for in a statement."""
        if not self.columns:
            return self.text
        shown = ", ".join(f"v.{_quoted(column.source)} AS {_quoted(column.name)}" for column in self.columns)
        return f"SELECT {shown} FROM ({self.text}) AS v"

    def file_text(self) -> str:
        """The content of the view's file."""
        header = {
            "columns": [asdict(column) for column in self.columns],
            "comment": self.comment,
            "properties": dict(self.properties),
        }
        return f"{_HEADER}{json.dumps(header)}\n{self.text}"


def view_of(file_text: str) -> View:
    """The view that a file's content describes."""
    if not file_text.startswith(_HEADER):
        return View(file_text)
    header, _, text = file_text.removeprefix(_HEADER).partition("\n")
    found = json.loads(header)
    columns = tuple(ViewColumn(**column) for column in found["columns"])
    return View(text, columns, found["comment"], found["properties"])


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
