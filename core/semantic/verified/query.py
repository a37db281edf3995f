"""A verified query: a question, the SQL that answers it, its typed parameters, and who confirmed that.

Parameters are bound (`:name`), never written into the SQL.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator, model_validator

from core.types import Frozen

ParameterType = Literal["date", "number", "integer", "string", "enum"]
Side = Literal["start", "end", "last", "day"]
NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
PLACEHOLDER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
MOST_PARAMETERS, MOST_PARAPHRASES, MOST_CHARACTERS = 12, 20, 500
_TEXT = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)


class QueryParameter(Frozen):
    """One value that a question may change."""

    name: str
    type: ParameterType
    default: str | None = None
    """As text (2026-03-01, 100, North); used, and said, when a question does not give it. None: it must be given."""
    words: str = ""
    """The words of the question that the value came from: 'since March 2026'."""
    side: Side = "start"
    """Which end of a time the date is: its first day, the day after its last, its last day, or its only day."""
    dimension: str | None = None
    """Of an enum: the dimension of the catalog whose indexed values it may take."""
    values: tuple[str, ...] = ()
    """Of an enum without a dimension: the values it may take."""
    label: str = ""
    """What people read above the field; the name when empty."""

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not NAME.match(name):
            raise ValueError(f"'{name[:60]}' is not a parameter's name: small letters, digits and _, at most 40")
        return name

    @field_validator("default", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return value if value is None or isinstance(value, str) else str(value)

    @model_validator(mode="after")
    def _has_values(self) -> QueryParameter:
        if self.type == "enum" and self.dimension is None and not self.values:
            raise ValueError(f"parameter '{self.name}': an enum needs a dimension or values")
        return self


class VerifiedQuery(Frozen):
    """Confirmed by a person. `question` and `paraphrases` are full questions with the words of the parameters."""

    query_id: str = Field(min_length=4, max_length=64, pattern=r"^[\w.-]+$")
    catalog: str
    """catalog.schema"""
    question: str = Field(min_length=3, max_length=MOST_CHARACTERS)
    paraphrases: tuple[str, ...] = Field(default=(), max_length=MOST_PARAPHRASES)
    sql: str = Field(min_length=8, max_length=20_000)
    parameters: tuple[QueryParameter, ...] = Field(default=(), max_length=MOST_PARAMETERS)
    confirmed_by: str
    confirmed_at: datetime
    semantic_query: str | None = None
    """JSON of the semantic query that it came from."""
    tables: tuple[str, ...] = ()
    """catalog.schema.table of everything that it reads."""
    fingerprint: str = ""
    """Of those tables' columns when it was confirmed; '' is not compared."""

    @model_validator(mode="after")
    def _parameters_fit(self) -> VerifiedQuery:
        names = [parameter.name for parameter in self.parameters]
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            raise ValueError(f"the parameter '{double}' is there twice")
        used = set(PLACEHOLDER.findall(_TEXT.sub(" ", self.sql)))
        for name in sorted(used ^ set(names)):
            side = "the SQL does not use" if name in names else "the parameters do not declare"
            raise ValueError(f"sql: {side} :{name}")
        for text in self.paraphrases:
            if not 3 <= len(text.strip()) <= MOST_CHARACTERS:
                raise ValueError(f"paraphrases: a question of 3 to {MOST_CHARACTERS} characters, not '{text[:40]}'")
        return self

    @property
    def phrasings(self) -> tuple[str, ...]:
        """Every way in which it is known to be asked."""
        return (self.question, *self.paraphrases)

    def parameter(self, name: str) -> QueryParameter | None:
        """The parameter of that name."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)
