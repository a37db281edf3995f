"""The prompts of a folder, one file a prompt: front matter, then `# System` and `# User`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.errors import NotFound, SettingsError
from core.prompts.prompt import Prompt

_FILE = re.compile(r"\A---\n(?P<head>.*?)\n---\n+# System\n(?P<system>.*?)\n# User\n(?P<user>.*)\Z", re.DOTALL)


class Prompts:
    """Read once; read-only."""

    def __init__(self, folder: Path) -> None:
        self._prompts = {prompt.name: prompt for prompt in map(_read, sorted(folder.glob("*.md")))}

    def get(self, name: str) -> Prompt:
        """The prompt of that name; raises NotFound."""
        found = self._prompts.get(name)
        if found is None:
            raise NotFound(f"There is no prompt {name!r}.", next_step=f"There are: {', '.join(self._prompts)}.")
        return found

    def all(self) -> tuple[Prompt, ...]:
        """All prompts by name."""
        return tuple(self._prompts.values())


def _read(path: Path) -> Prompt:
    import yaml

    found = _FILE.match(path.read_text(encoding="utf-8"))
    if found is None:
        raise SettingsError(f"{path.name}: must be front matter between ---, then '# System' and '# User'.")
    try:
        head: Any = yaml.safe_load(found["head"])
        prompt = Prompt.model_validate({**head, "system": found["system"].strip(), "user": found["user"].strip()})
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise SettingsError(f"{path.name}: {str(error).splitlines()[0]}") from error
    if prompt.name != path.stem:
        raise SettingsError(f"{path.name}: the name inside is {prompt.name!r}; it must be that of the file.")
    if "{{" in prompt.system:
        raise SettingsError(f"{path.name}: the system text is the same for every call and holds no {{{{…}}}}.")
    return prompt
