"""One prompt version: a constant system text, a template for what changes, and how the answer is drawn."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from core.errors import SettingsError
from core.types import Frozen

_PLACE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


class Prompt(Frozen):
    """Immutable; `system` never changes from call to call, so that endpoints can keep it in their cache."""

    name: str
    version: int
    description: str
    temperature: float = 0.0
    max_tokens: int = 1024
    json_schema: Mapping[str, Any] | None = None
    """The shape of the answer, where one is asked for."""
    system: str
    user: str
    """The template; `{{name}}` is replaced by a value."""

    @cached_property
    def hash(self) -> str:
        """The first 12 hex digits of the sha256 of everything that a model is told."""
        told = f"{self.system}\x00{self.user}\x00{self.temperature}\x00{self.max_tokens}"
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    @cached_property
    def places(self) -> frozenset[str]:
        """The names of the values that the template needs."""
        return frozenset(_PLACE.findall(self.user))

    def render(self, **values: str) -> tuple[str, str]:
        """(system text, user text); raises SettingsError when a value is missing or has no place.

        Values are data: a closing tag inside of one is broken up, so that it cannot end the block that holds it.
        """
        missing, unknown = self.places - values.keys(), values.keys() - self.places
        if missing or unknown:
            names = ", ".join(sorted(missing or unknown))
            raise SettingsError(f"The prompt {self.name} {'needs' if missing else 'has no place for'}: {names}.")
        return self.system, _PLACE.sub(lambda match: _as_data(values[match[1]]), self.user)


def _as_data(value: str) -> str:
    return value.replace("</", "<\u200b/")
