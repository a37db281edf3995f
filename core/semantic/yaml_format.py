"""Reading and writing models as YAML: one catalog a file; errors name the file, the model and the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.errors import SettingsError
from core.semantic.model import SemanticCatalog, SemanticModel
from core.semantic.values import with_values

if TYPE_CHECKING:
    import pyarrow as pa

_OURS: Mapping[str, tuple[str, ...]] = {
    "model": ("name", "entities", "time_dimension", "bridge"),
    "dimensions": ("type", "indexed"),
    "measures": ("filter", "filter_dimensions", "note"),
}


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
    """The catalog in `text`; `origin` is named in errors."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        raise SettingsError(f"{origin}: not valid YAML: {error}") from error
    if not isinstance(data, dict):
        raise SettingsError(f"{origin}: must be a mapping with the keys name and models")
    try:
        return SemanticCatalog.model_validate(data)
    except ValidationError as error:
        raise SettingsError(f"{origin}: {_sentence(error, data)}") from error


def dump_catalog(catalog: SemanticCatalog) -> str:
    """YAML that `parse_catalog` reads back to an equal catalog; the value index is left out."""
    import yaml

    data = catalog.model_dump(mode="json", exclude_defaults=True, exclude={"values", "complete", "ranges"})
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110))


def metric_view_yaml(model: SemanticModel) -> str:
    """The body of CREATE VIEW … WITH METRICS LANGUAGE YAML for one model, without the keys that are ours."""
    import yaml

    data: dict[str, Any] = model.model_dump(mode="json", exclude_defaults=True)
    data = {"version": model.version} | {key: value for key, value in data.items() if key not in _OURS["model"]}
    data["joins"] = [_portable_join(join) for join in data.get("joins", [])]
    for part in ("dimensions", "measures"):
        data[part] = [_portable(field, part) for field in data.get(part, [])]
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110))


def _portable_join(join: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in join.items() if key != "one_to_one"}
    return kept | ({"joins": [_portable_join(child) for child in join["joins"]]} if join.get("joins") else {})


def _portable(field: dict[str, Any], part: str) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key not in _OURS[part]}
    if field.get("filter"):
        kept["expr"] = f"{field['expr']} FILTER (WHERE {field['filter']})"
    return kept


def _sentence(error: ValidationError, data: Mapping[str, Any]) -> str:
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
