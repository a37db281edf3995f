"""The one-way rule, read off the imports, and the picture in docs/architecture.md compared with them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import agents
import tests

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("app", "pages", "components", "agents", "core", "config", "demo")
FOUNDATION = {"types", "errors", "clock", "ids", "faults"}

ALLOWED: dict[str, set[str]] = {
    "pages": {"components", "app", "core", "core.governance", "core.telemetry"},
    "components": {"core", "core.governance", "core.execution", "core.telemetry"},
    "app": {"pages", "components", "agents", "config", "core", "core.governance", "core.evaluation"},
    "agents": {"config", "core", "demo"} | {f"core.{p}" for p in (
        "bus", "warehouse", "knowledge", "governance", "semantic", "codecheck", "execution", "telemetry", "workspace",
        "llm", "prompts", "evaluation", "testing", "coding")},
    "config": {"core"},
    "demo": {"core", "core.warehouse"},
    "core": set(),
    "core.warehouse": {"core"},
    "core.workspace": {"core"},
    "core.telemetry": {"core", "core.warehouse"},
    "core.bus": {"core", "core.warehouse", "core.telemetry"},
    "core.evaluation": {"core", "core.warehouse"},
    "core.knowledge": {"core", "core.warehouse", "core.telemetry"},
    "core.coding": {"core"},
    "core.llm": {"core", "core.telemetry"},
    "core.prompts": {"core", "core.warehouse", "core.telemetry"},
    "core.semantic": {"core", "core.warehouse", "core.telemetry"},
    "core.testing": {"core", "core.warehouse", "core.semantic"},
    "core.governance": {"core", "core.warehouse", "core.telemetry"},
    "core.codecheck": {"core", "core.warehouse", "core.telemetry", "core.governance"},
    "core.execution": {"core", "core.warehouse", "core.telemetry", "core.governance", "core.codecheck"},
}  # fmt: skip

VENDORS = {"databricks", "deltalake", "duckdb", "openai", "httpx", "streamlit", "onnxruntime", "tokenizers"}
VENDOR_HOMES = {
    "databricks": ("core.warehouse", "core.workspace"),
    "streamlit": ("app", "pages", "components"),
    "deltalake": ("core.warehouse",),
    "duckdb": ("core.warehouse",),
    "httpx": ("core.llm", "core.telemetry"),
    "onnxruntime": ("core.knowledge",),
    "tokenizers": ("core.knowledge",),
}
AGENT_MODULES = {"orchestrator", "rag", "code", "execution", "governance"}


def modules() -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def unit(module: str) -> str:
    """The node of the picture that a module belongs to: its folder, or its package inside core."""
    parts = module.split(".")
    if parts[0] != "core":
        return parts[0]
    return "core" if len(parts) == 1 or parts[1] in FOUNDATION else f"core.{parts[1]}"


@cache
def imports() -> tuple[tuple[str, str], ...]:
    """(importing module, imported name) of every import statement, also those inside functions."""
    found = []
    for module, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [(module, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                assert node.level == 0, f"{module} imports relatively"
                whole = [f"{node.module}.{alias.name}" for alias in node.names]
                found += [(module, name) for name in (whole if node.module in ("core", *FOLDERS) else [node.module])]
    return tuple(found)


def edges() -> set[tuple[str, str]]:
    ours = {(unit(a), unit(b)) for a, b in imports() if b.split(".")[0] in FOLDERS}
    return {(a, b) for a, b in ours if a != b}


def test_folders_import_one_way_only() -> None:
    assert sorted(f"{a} -> {b}" for a, b in edges() if b not in ALLOWED[a]) == []


def test_pages_reach_the_platform_through_the_session_only() -> None:
    wrong = [f"{a} -> {b}" for a, b in imports() if a.startswith("pages.") and b.startswith("app.")
             and not b.startswith(("app.session", "app.watching"))]  # fmt: skip
    assert wrong == []


def test_agents_never_import_one_another() -> None:
    def agent(name: str) -> str | None:
        parts = name.split(".")
        return parts[1] if parts[0] == "agents" and len(parts) > 1 and parts[1] in AGENT_MODULES else None

    wrong = [f"{a} -> {b}" for a, b in imports() if agent(a) and agent(b) and agent(a) != agent(b)]
    assert wrong == []


def test_vendor_libraries_are_imported_in_their_adapters_only() -> None:
    outside = [(a, b) for a, b in imports() if b.split(".")[0] in VENDORS]
    wrong = [f"{a} -> {b}" for a, b in outside if not unit(a).startswith(VENDOR_HOMES.get(b.split(".")[0], ()))]
    assert wrong == []


def test_the_picture_in_the_architecture_page_is_the_import_graph() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    picture = page.split("```mermaid")[1].split("```")[0]
    drawn = {
        (a.replace("_", "."), b.replace("_", ".")) for a, b in re.findall(r"^\s*(\w+) --> (\w+)\s*$", picture, re.M)
    }
    assert drawn == edges()


def test_packages_of_dependencies_do_not_shadow_ours() -> None:
    assert Path(agents.__file__).parent == ROOT / "agents"
    assert Path(tests.__file__).parent == ROOT / "tests"


@pytest.mark.parametrize("folder", [*FOLDERS, "tests", "benchmarks"])
def test_every_code_folder_is_a_package(folder: str) -> None:
    bare = {path.parent for path in (ROOT / folder).rglob("*.py")} - {
        path.parent for path in (ROOT / folder).rglob("__init__.py")
    }
    assert bare == set()
