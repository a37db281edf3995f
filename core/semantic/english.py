"""Word lists that ship with the package as YAML."""

from __future__ import annotations

from importlib.resources import files
from typing import Any


def read_yaml(package: str, file: str) -> dict[str, Any]:
    """The mapping in `file` of `package`, read with the fast loader where there is one."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load((files(package) / file).read_text(encoding="utf-8"), Loader=loader)
    assert isinstance(data, dict)
    return data
