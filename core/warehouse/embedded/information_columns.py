"""The relations of `information_schema`: their names, columns and types, as Databricks documents them."""

from __future__ import annotations

from core.errors import StatementInvalid, TableNotFound
from core.warehouse.embedded.names import TableName

INFORMATION_SCHEMA = "information_schema"
SYSTEM = "system"
"""The catalog whose information_schema tells of every catalog."""


def _columns(text: str) -> tuple[tuple[str, str], ...]:
    """`name[:TYPE]`, separated by blanks; STRING where no type is given."""
    parts = (item.partition(":") for item in text.split())
    return tuple((name, kind or "STRING") for name, _, kind in parts)


_WHEN = "created:TIMESTAMP created_by last_altered:TIMESTAMP last_altered_by"
_TABLE = "table_catalog table_schema table_name"
_CONSTRAINT = "constraint_catalog constraint_schema constraint_name"

RELATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "catalogs": _columns(f"catalog_name catalog_owner comment {_WHEN}"),
    "schemata": _columns(f"catalog_name schema_name schema_owner comment {_WHEN}"),
    "tables": _columns(
        f"{_TABLE} table_type is_insertable_into commit_action table_owner comment {_WHEN} data_source_format"
        " storage_sub_directory storage_path"
    ),
    "columns": _columns(
        f"{_TABLE} column_name ordinal_position:INT column_default is_nullable full_data_type data_type"
        " character_maximum_length:INT character_octet_length numeric_precision:INT numeric_precision_radix:INT"
        " numeric_scale:INT datetime_precision:INT interval_type interval_precision:INT maximum_cardinality:INT"
        " is_identity identity_generation identity_start identity_increment identity_maximum identity_minimum"
        " identity_cycle is_generated generation_expression is_system_time_period_start is_system_time_period_end"
        " system_time_period_timestamp_generation is_updatable partition_ordinal_position:INT comment"
    ),
    "views": _columns(f"{_TABLE} view_definition check_option is_updatable is_insertable_into sql_path"),
    "table_constraints": _columns(
        f"{_CONSTRAINT} {_TABLE} constraint_type is_deferrable initially_deferred enforced comment"
    ),
    "key_column_usage": _columns(
        f"{_CONSTRAINT} {_TABLE} column_name ordinal_position:INT position_in_unique_constraint:INT"
    ),
    "referential_constraints": _columns(
        f"{_CONSTRAINT} unique_constraint_catalog unique_constraint_schema unique_constraint_name match_option"
        " update_rule delete_rule"
    ),
    "constraint_column_usage": _columns(f"{_TABLE} column_name {_CONSTRAINT}"),
    "constraint_table_usage": _columns(f"{_CONSTRAINT} {_TABLE}"),
    "column_masks": _columns(f"{_TABLE} column_name mask_catalog mask_schema mask_name using_columns"),
    "row_filters": _columns(f"{_TABLE} filter_catalog filter_schema filter_name target_columns"),
    "information_schema_catalog_name": _columns("catalog_name"),
}


def is_information_schema(name: TableName) -> bool:
    return name.schema.casefold() == INFORMATION_SCHEMA


def relation_columns(name: TableName, as_of: object = None) -> tuple[tuple[str, str], ...]:
    """Names and types of a relation's columns; raises TableNotFound."""
    found = RELATIONS.get(name.name.casefold())
    if found is None:
        raise TableNotFound(
            f"The table or view {name.full_name} cannot be found; information_schema has {', '.join(RELATIONS)}.",
            error_class="TABLE_OR_VIEW_NOT_FOUND",
        )
    if as_of is not None:
        raise StatementInvalid(
            f"{name.full_name} has no earlier versions.", error_class="UNSUPPORTED_FEATURE.TIME_TRAVEL"
        )
    return found
