"""Verified queries as YAML beside a catalog: the key `verified_queries` of a file in config/semantic."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from core.errors import SettingsError
from core.semantic.verified.query import VerifiedQuery
from core.semantic.yaml_format import read_mapping, sentence

KEY = "verified_queries"


def load_sidecars(folder: Path) -> tuple[VerifiedQuery, ...]:
    """The verified queries of every YAML file of a folder; raises SettingsError that names file, query and key."""
    found: list[VerifiedQuery] = []
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if KEY in text:
            found += parse_sidecar(text, path.name)
    names = [query.query_id for query in found]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise SettingsError(f"{folder.name}: the verified query '{double}' is there twice")
    return tuple(found)


def parse_sidecar(text: str, origin: str) -> tuple[VerifiedQuery, ...]:
    """The verified queries in `text`, each of the catalog that the file names unless it names its own."""
    data = read_mapping(text, origin)
    entries = data.get(KEY) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SettingsError(f"{origin}: {KEY} must be a list of mappings")
    return tuple(_query({"catalog": data.get("name"), **entry}, origin, n) for n, entry in enumerate(entries, 1))


def _query(entry: dict[str, object], origin: str, number: int) -> VerifiedQuery:
    try:
        return VerifiedQuery.model_validate(entry)
    except ValidationError as error:
        name = entry.get("query_id") or number
        raise SettingsError(f"{origin}: {KEY} > {name} > {sentence(error, entry)}") from error


def dump_sidecar(catalog: str, queries: Iterable[VerifiedQuery]) -> str:
    """YAML that `parse_sidecar` reads back to equal queries."""
    import yaml

    entries = [query.model_dump(mode="json", exclude_defaults=True, exclude={"catalog"}) for query in queries]
    return str(yaml.safe_dump({"name": catalog, KEY: entries}, sort_keys=False, allow_unicode=True, width=110))
