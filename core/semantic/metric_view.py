"""Models as metric views of Unity Catalog (YAML 1.1), and metric views as models.

What only we have (entities, time dimension, indexed values, types) is left out on the way there and made up from the
tables on the way back. What only a metric view has and would change its numbers here is refused, by its key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.errors import ModelInvalid, SettingsError
from core.semantic.compile.scope import parse
from core.semantic.model import SOURCE, Dimension, Entity, FieldType, Measure, SemanticModel
from core.semantic.names import identifier_words, lemma
from core.semantic.yaml_format import read_mapping, sentence

if TYPE_CHECKING:
    from core.warehouse.port import TableInfo

MOST_SYNONYMS, LONGEST_NAME = 10, 255
FORMATS = frozenset(("number", "currency", "percentage", "byte", "date", "date_time"))
_PORTABLE = ("comment", "display_name", "format")
_HARMLESS = ("materialization",)
"""Keys that make a metric view faster and change none of its numbers."""
_BODY = re.compile(r"\bAS\s+\$\$(?P<body>.*)\$\$", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(
    r"\bVIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>(?:`[^`]+`|[\w$]+)(?:\.(?:`[^`]+`|[\w$]+)){0,2})", re.IGNORECASE
)


def metric_view_yaml(model: SemanticModel) -> str:
    """The body of CREATE VIEW … WITH METRICS LANGUAGE YAML for one model.

    Raises ModelInvalid, naming the key, for what the format cannot say.
    """
    import yaml

    data: dict[str, Any] = {"version": "1.1"}
    data |= {key: value for key in ("comment", "source", "filter") if (value := getattr(model, key)) is not None}
    joins = [_join(join.model_dump(mode="json", exclude_defaults=True)) for join in model.joins]
    data |= {"joins": joins} if joins else {}
    data["dimensions"] = [_field(model, dimension) for dimension in model.dimensions]
    data["measures"] = [_field(model, measure) for measure in model.measures]
    if not data["dimensions"] and not data["measures"]:
        raise ModelInvalid(f"{model.name}: a metric view needs a dimension or a measure.")
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110))


def create_statement(schema: str, model: SemanticModel) -> str:
    """The whole statement, for a person to run where they may make views: nothing here runs it."""
    body = metric_view_yaml(model)
    if "$$" in body:
        raise ModelInvalid(f"{model.name}: a text of it holds $$, which ends the definition.")
    name = ".".join(_quoted(part) for part in (*schema.split("."), f"{model.name}_metrics"))
    return f"CREATE OR REPLACE VIEW {name}\nWITH METRICS\nLANGUAGE YAML\nAS $$\n{body}$$;\n"


def _join(join: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in join.items() if key in ("name", "source", "on", "using")}
    return kept | ({"joins": [_join(child) for child in join["joins"]]} if join.get("joins") else {})


def _field(model: SemanticModel, field: Dimension | Measure) -> dict[str, Any]:
    data: dict[str, Any] = {"name": field.name, "expr": field.expr}
    if isinstance(field, Measure):
        data["expr"] = filtered(field)
    data |= {key: value for key in _PORTABLE if (value := getattr(field, key)) is not None}
    if isinstance(field, Measure) and field.note and not field.comment:
        data["comment"] = field.note
    synonyms = [text for text in dict.fromkeys(field.synonyms) if len(text) <= LONGEST_NAME][:MOST_SYNONYMS]
    data |= {"synonyms": synonyms} if synonyms else {}
    where = f"{model.name} > {field.name}"
    if field.format is not None and field.format.get("type") not in FORMATS:
        raise ModelInvalid(f"{where} > format: type must be one of {', '.join(sorted(FORMATS))}.")
    if len(field.display_name or "") > LONGEST_NAME:
        raise ModelInvalid(f"{where} > display_name: at most {LONGEST_NAME} characters.")
    return data


def filtered(measure: Measure) -> str:
    """The expression with the measure's filter on each aggregate in it, so that a ratio is filtered on both sides."""
    if measure.filter is None:
        return measure.expr
    from sqlglot import exp

    tree, condition = parse(measure.expr), parse(measure.filter)
    outermost = [node for node in tree.find_all(exp.AggFunc) if node.find_ancestor(exp.AggFunc) is None]
    if not outermost:
        raise ModelInvalid(f"measures > {measure.name} > expr: no aggregate that its filter could stand on.")
    for node in outermost:
        wrapped = exp.Filter(this=node.copy(), expression=exp.Where(this=condition.copy()))
        if node is tree:
            return str(wrapped.sql(dialect="databricks"))
        node.replace(wrapped)
    return str(tree.sql(dialect="databricks"))


def parse_metric_view(text: str, name: str = "", tables: Iterable[TableInfo] = ()) -> SemanticModel:
    """The model of a metric view: its YAML, or the whole CREATE VIEW statement, which names it.

    `tables` tell the types of plain columns. Raises ModelInvalid that names the key.
    """
    body = _BODY.search(text)
    found = _NAME.search(text[: body.start()]) if body else None
    named = (found["name"].split(".")[-1].strip("`") if found else "") or name
    try:
        data = read_mapping(body["body"] if body else text, named or "metric view")
    except SettingsError as error:
        raise ModelInvalid(error.message) from error
    types = {(_plain(t.full_name), c.name.casefold()): _type(c.type) for t in tables for c in t.columns}
    plain = _ours(data)
    plain["name"] = named or str(plain.get("source", "")).split(".")[-1].strip("`") or "metric view"
    try:
        return _completed(SemanticModel.model_validate(plain), types)
    except ValidationError as error:
        raise ModelInvalid(f"{plain['name']} > {sentence(error, plain)}") from error


def _ours(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same keys under our names; what would be lost is refused."""
    plain = {key: value for key, value in data.items() if key not in _HARMLESS}
    if "fields" in plain:
        if "dimensions" in plain:
            raise ModelInvalid("fields: it is another word for dimensions, and both are there.")
        plain["dimensions"] = plain.pop("fields")
    plain["version"] = str(plain.get("version", "1.1"))
    for key in ("parameters",):
        if key in plain:
            raise ModelInvalid(f"{key}: not supported here; its numbers would differ.")
    for field in _mappings(plain.get("measures")):
        if "window" in field:
            raise ModelInvalid(
                f"measures > {field.get('name')} > window: not supported here; its numbers would differ."
            )
    plain["joins"] = [_our_join(join) for join in _mappings(plain.get("joins"))]
    return plain


def _our_join(join: Mapping[str, Any]) -> dict[str, Any]:
    cardinality = str(join.get("cardinality", "many_to_one")).casefold()
    if cardinality not in ("many_to_one", "one_to_one"):
        raise ModelInvalid(
            f"joins > {join.get('name')} > cardinality: only many_to_one is supported, not {cardinality}."
        )
    kept = {key: value for key, value in join.items() if key not in ("cardinality", "rely")}
    if "joins" in kept:
        kept["joins"] = [_our_join(child) for child in _mappings(kept["joins"])]
    return kept


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _completed(model: SemanticModel, types: Mapping[tuple[str, str], FieldType]) -> SemanticModel:
    """With types, the first date as its time, and the thing that a row stands for."""
    dimensions = []
    for dimension in model.dimensions:
        alias, column = model.home(dimension)
        known = types.get((_plain(model.aliases[alias]), (column or "").casefold()))
        dimensions.append(dimension.model_copy(update={"type": known or dimension.type}))
    time = next((d.name for d in dimensions if d.type in ("date", "timestamp")), None)
    table = model.source.split(".")[-1].strip("`")
    entity = Entity(name=" ".join(lemma(word) for word in identifier_words(table)), alias=SOURCE)
    entities = () if model.source.lstrip().lower().startswith(("select", "with", "(")) else (entity,)
    update = {"dimensions": tuple(dimensions), "time_dimension": time, "entities": entities}
    return model.model_copy(update=update)


def _type(sql_type: str) -> FieldType:
    kind = sql_type.upper().split("(")[0]
    if kind in ("DATE", "BOOLEAN", "STRING"):
        return {"DATE": "date", "BOOLEAN": "boolean", "STRING": "string"}[kind]  # type: ignore[return-value]
    if kind.startswith("TIMESTAMP"):
        return "timestamp"
    if kind in ("TINYINT", "SMALLINT", "INT", "BIGINT"):
        return "integer"
    return "number" if kind in ("DECIMAL", "DOUBLE", "FLOAT") else "other"


def _plain(table: str) -> str:
    return table.replace("`", "").casefold()


def _quoted(part: str) -> str:
    return "`" + part.strip("`").replace("`", "``") + "`"
