"""What other places see of a statement: its tags on the wire, its record, and nothing of its values in any log."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from core.errors import PlatformError
from core.types import PLATFORM
from core.warehouse.databricks import DatabricksWarehouse
from core.warehouse.port import StatementRecord
from tests.integration.databricks.conftest import ANA, Opened
from tests.workspace import Workspace
from tests.workspace.client import open_over_loopback
from tests.workspace.faults import FAULTS, POLL
from tests.workspace.thrift_service import ThriftService

SECRET = "swordfish-4711"


def test_no_log_has_a_value_or_a_token(
    opened: Opened, workspace: Workspace, service: ThriftService, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    everything = [logging.getLogger(name) for name in ("", "databricks", "databricks.sql", "urllib3", "databricks.sdk")]
    unsafe = logging.getLogger("databricks.sql.unsafe")
    unsafe.addHandler(caplog.handler)
    before = [(logger, logger.level) for logger in [*everything, unsafe]]
    try:
        for logger in [*everything, unsafe]:
            logger.setLevel(logging.DEBUG)
        warehouse, errors = opened(), list[str]()
        for fault in (None, *FAULTS):
            if fault is not None:
                service.faults.next(fault)
            for call in (
                lambda: warehouse.query("SELECT :word AS word", {"word": SECRET}, principal=ANA),
                lambda: warehouse.execute(
                    f"INSERT INTO {table} VALUES (1, :word)", {"word": SECRET}, principal=PLATFORM
                ),
                lambda: warehouse.append(table, [{"id": 2, "name": SECRET}]),
            ):
                errors.append(_error_of(call))
        service.faults.latency_s = 0.1
        service.faults.next("http_503", call=POLL)
        warehouse.query("SELECT :word AS word", {"word": SECRET}, principal=PLATFORM)
        warehouse.close()
    finally:
        unsafe.removeHandler(caplog.handler)
        for logger, level in before:
            logger.setLevel(level)
    text = "\n".join(f"{record.name} {record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert SECRET not in text
    assert SECRET not in "\n".join(errors)
    assert all(person.token not in text for person in workspace.principals)
    assert "Bearer" not in text


def _error_of(call: Callable[[], object]) -> str:
    """What a person would read, empty when it went well."""
    try:
        call()
    except PlatformError as error:
        return f"{error} {error.next_step}"
    return ""


def test_tags_say_which_application_and_which_question(workspace: Workspace, service: ThriftService) -> None:
    question = {"question": "0193-a:b", "agent": "sql,writer", "none": ""}
    warehouse = open_over_loopback(workspace, owned=False, app="aiops-test")
    warehouse._tags = lambda: question
    mark = workspace.wire.mark
    warehouse.query("SELECT 1", principal=ANA)
    (sent,) = workspace.wire.since(mark)
    warehouse.close()
    assert sent.tags == r"app:aiops-test,question:0193-a\:b,agent:sql\,writer"


def test_record_of_a_statement_names_what_it_did_and_no_values(workspace: Workspace, table: str) -> None:
    records: list[StatementRecord] = []
    with open_over_loopback(workspace, owned=False, on_statement=records.append) as warehouse:
        assert isinstance(warehouse, DatabricksWarehouse)
        warehouse.append(table, [{"id": 1, "name": SECRET}])
        warehouse.query(
            f"SELECT * FROM {table} WHERE name = :name",
            {"name": SECRET},
            principal=ANA.model_copy(update={"user_id": "ada"}),
        )
        with pytest.raises(PlatformError):
            warehouse.execute(f"INSERT INTO {table} SELECT 1 / 0, 'x'", principal=PLATFORM)
        warehouse.changes(table, None)
    assert [(record.kind, record.tables, record.rows, record.error) for record in records] == [
        ("append", (table,), 1, None),
        ("query", (table,), 1, None),
        ("execute", (table,), 0, "DIVIDE_BY_ZERO"),
        ("changes", (table,), 1, None),
    ]
    assert records[1].principal.user_id == "ada"
    assert all(record.seconds > 0 and record.statement_id for record in records)
    assert SECRET not in repr(records)
