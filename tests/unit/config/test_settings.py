"""Settings: precedence, profiles never chosen by accident, errors that name file, key and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import AgentsFile, MasFile, load_agents, load_mas, load_settings, parse
from core.errors import SettingsError


def test_flag_wins_over_environment_and_environment_over_file(tmp_path: Path) -> None:
    environ = {"AIOPS_HOME": str(tmp_path / "environment"), "SCHEMA_NAME": "ops"}
    assert load_settings(environ=environ).home_folder == tmp_path / "environment"
    assert load_settings(home=tmp_path / "flag", environ=environ).home_folder == tmp_path / "flag"
    assert load_settings(environ=environ).state == "main.ops"


def test_a_workspace_catalog_in_the_environment_leaves_the_embedded_one_alone() -> None:
    environ = {"CATALOG_NAME": "lake"}
    assert load_settings(environ=environ).state == "main.aiops"
    assert load_settings(profile="databricks", environ=environ).state == "lake.aiops"


@pytest.mark.parametrize(
    ("environ", "profile"),
    [
        ({}, "embedded"),
        ({"DATABRICKS_HOST": "https://example.invalid", "DATABRICKS_TOKEN": "t"}, "embedded"),
        ({"DATABRICKS_APP_NAME": "aiops"}, "databricks"),
        ({"AIOPS_ENV": "prod"}, "databricks"),
    ],
)
def test_a_host_alone_never_chooses_the_workspace(environ: dict[str, str], profile: str) -> None:
    assert load_settings(environ=environ).profile == profile


def test_the_token_is_never_shown() -> None:
    assert "dapi" not in repr(load_settings(environ={"DATABRICKS_TOKEN": "dapi-secret"}))


def test_an_unknown_environment_names_the_ones_there_are() -> None:
    with pytest.raises(SettingsError, match=r"env.test.yaml; there are: dev, prod"):
        load_settings(environ={"AIOPS_ENV": "test"})


def test_an_unknown_key_is_named_with_its_file_and_what_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "agents.yaml"
    file.write_text("agents:\n  CodeAgent:\n    class: agents.code:CodeAgent\n    descripton: typo\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"agents.yaml: agents.CodeAgent") as caught:
        parse(AgentsFile, file)
    assert "description" in caught.value.message


def test_a_file_that_is_no_yaml_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "mas_config.yaml"
    file.write_text("intents: [", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mas_config.yaml is not valid YAML"):
        parse(MasFile, file)


def test_an_intent_that_nothing_asks_for_is_refused(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "config" / "mas_config.yaml").read_text(encoding="utf-8")
    file = tmp_path / "mas_config.yaml"
    file.write_text(text.replace("  data_question:\n    - ", "  small_talk:\n    - "), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mas_config.yaml: intents") as caught:
        load_mas(file)
    assert "data_question" in caught.value.message


def test_the_shipped_files_are_valid_and_hold_the_seven_agents() -> None:
    assert set(load_agents().agents) == {
        "OrchestratorAgent", "RAGAgent", "CodeAgent", "TestCaseAgent", "ExecutionAgent", "GovernanceAgent",
        "LLMOpsAgent",
    }  # fmt: skip
    assert set(load_mas().playbooks) == {
        "data_question", "knowledge_question", "generate_code", "run_code", "full_pipeline", "tests",
        "operations_question",
    }  # fmt: skip
