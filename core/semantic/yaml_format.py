"""Reading and writing models as YAML: one catalog a file; errors name the file, the model and the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.errors import SettingsError
from core.semantic.model import SemanticCatalog
from core.semantic.values import with_values

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CHARACTERS = 1_000_000
"""The longest YAML that is read; a schema of 300 tables takes about half."""
MOST_NESTED = 40


def load_catalog(path: Path, sample: Callable[[str], pa.Table] | None = None) -> SemanticCatalog:
    """The catalog of one YAML file, its indexed values read through `sample` when given.

    SettingsError names what is wrong and where.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name}: cannot be read ({error.__class__.__name__})") from error
    catalog = parse_catalog(text, path.name)
    return with_values(catalog, sample) if sample is not None else catalog


def parse_catalog(text: str, origin: str) -> SemanticCatalog:
    """The catalog in `text`; `origin` is named in errors. The verified queries of the file are read apart."""
    data = read_mapping(text, origin)
    data.pop("verified_queries", None)
    try:
        return SemanticCatalog.model_validate(data)
    except ValidationError as error:
        raise SettingsError(f"{origin}: {sentence(error, data)}") from error


def read_mapping(text: str, origin: str) -> dict[str, Any]:
    """The mapping that stands in `text`.

    Raises SettingsError for another thing, for more than MOST_CHARACTERS, and for anchors: a few lines of those stand
    for more values than any memory holds.
    """
    import yaml

    if len(text) > MOST_CHARACTERS:
        raise SettingsError(f"{origin}: {len(text):,} characters; at most {MOST_CHARACTERS:,} are read")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_shape(text, loader, origin)
        data = yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        raise SettingsError(f"{origin}: not valid YAML: {error}") from error
    except (RecursionError, ValueError) as error:
        raise SettingsError(f"{origin}: not valid YAML: {str(error)[:200] or 'nested too deeply'}") from error
    if not isinstance(data, dict):
        raise SettingsError(f"{origin}: must be a mapping with the keys name and models")
    return {str(key): _with_on(value) for key, value in data.items()}


def _check_shape(text: str, loader: Any, origin: str) -> None:
    """Refuse anchors, and nesting that only an attack has, before anything is built from it."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if getattr(event, "anchor", None):
            raise SettingsError(f"{origin}: line {_line(event)}: anchors and aliases (& and *) are not read")
        if depth > MOST_NESTED:
            raise SettingsError(f"{origin}: line {_line(event)}: nested deeper than {MOST_NESTED} levels")


def _line(event: Any) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _with_on(value: Any) -> Any:
    """YAML reads the bare key `on` of a join as true; nothing here has a key that is true."""
    if isinstance(value, dict):
        return {("on" if key is True else key): _with_on(inner) for key, inner in value.items()}
    return [_with_on(inner) for inner in value] if isinstance(value, list) else value


def dump_catalog(catalog: SemanticCatalog) -> str:
    """YAML that `parse_catalog` reads back to an equal catalog; the value index is left out."""
    import yaml

    data = catalog.model_dump(mode="json", exclude_defaults=True, exclude={"values", "complete", "ranges"})
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110))


def sentence(error: ValidationError, data: Mapping[str, Any]) -> str:
    """The first thing that is wrong, with the way to its key: `models > 0 (sales) > measures > 2 (tax) > expr: …`."""
    first = error.errors()[0]
    where: list[str] = []
    at: Any = data
    for step in first["loc"]:
        key: Any = step
        at = at[key] if isinstance(at, (dict, list)) and _has(at, step) else None
        name = at.get("name") if isinstance(at, dict) else None
        where.append(f"{step} ({name})" if name else str(step))
    return f"{' > '.join(where) or 'top level'}: {first['msg']}"


def _has(container: Any, step: Any) -> bool:
    return step in container if isinstance(container, dict) else isinstance(step, int) and step < len(container)
