from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bus_warehouses import WAREHOUSES
from tests.unit.governance.audit.home import AuditHome, make_template, opened


@pytest.fixture(scope="session")
def audit_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: make_template(tmp_path_factory.mktemp("audit") / name, name) for name in WAREHOUSES}


@pytest.fixture(params=WAREHOUSES)
def home(audit_templates: dict[str, Path], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[AuditHome]:
    """On both warehouses."""
    with opened(audit_templates[request.param], tmp_path / "home", request.param) as home:
        yield home


@pytest.fixture
def local(audit_templates: dict[str, Path], tmp_path: Path) -> Iterator[AuditHome]:
    """On the embedded one only."""
    with opened(audit_templates["embedded"], tmp_path / "home", "embedded") as home:
        yield home
