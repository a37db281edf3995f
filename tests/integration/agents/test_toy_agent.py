"""A new agent is one class, one entry in config/agents.yaml and one row in agent_registry, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from agents.base import BaseAgent, Context, Handler
from agents.platform import open_platform
from config.settings import ROOT, AgentsFile, load_agents, parse
from core.bus import Content, failure_of, new_request
from core.errors import SettingsError
from core.ids import new_id
from core.types import PLATFORM, Frozen


class Greeting(Frozen):
    name: str


class Reply(Frozen):
    text: str


class GreetingAgent(BaseAgent):
    name = "GreetingAgent"
    capabilities = ("politeness",)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"greeting.say": Handler(Greeting, self._say)}

    def _say(self, request: Greeting, context: Context) -> Reply:
        return Reply(text=f"Good day, {request.name}.")


@pytest.fixture
def with_toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AgentsFile:
    """The shipped agents.yaml with one entry more, and the module that it names."""
    module = ModuleType("agents.greeting")
    module.GreetingAgent = GreetingAgent  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "agents.greeting", module)
    content = yaml.safe_load((ROOT / "config" / "agents.yaml").read_text(encoding="utf-8"))
    content["agents"]["GreetingAgent"] = {"class": "agents.greeting:GreetingAgent", "description": "Greets."}
    file = tmp_path / "agents.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    agents = parse(AgentsFile, file)
    monkeypatch.setattr("agents.platform.load_agents", lambda: agents)
    return agents


def test_a_toy_agent_answers_and_is_registered(empty_home: Path, with_toy: AgentsFile) -> None:
    with open_platform(home=empty_home, kind="test", demo=False) as platform:
        request = new_request(
            from_agent="user",
            to_agent="GreetingAgent",
            content=Content.of("greeting.say", Greeting(name="Ada")),
            session_id=new_id(),
            user_id="ada",
            user_role="admin",
        )
        reply = platform.bus.request(request).result(10)
        assert reply.content.body == {"text": "Good day, Ada."}
        found = platform.warehouse.query(
            "SELECT agent FROM main.aiops.agent_registry_latest WHERE agent = 'GreetingAgent'", principal=PLATFORM
        )
        assert found.num_rows == 1


def test_a_kind_that_an_agent_does_not_handle_is_answered_with_what_it_does(
    empty_home: Path, with_toy: AgentsFile
) -> None:
    with open_platform(home=empty_home, kind="test", demo=False) as platform:
        request = new_request(
            from_agent="user",
            to_agent="GreetingAgent",
            content=Content.of("greeting.shout", Greeting(name="Ada")),
            session_id=new_id(),
            user_id="ada",
            user_role="admin",
        )
        error = failure_of(platform.bus.request(request).result(10))
        assert error is not None
        assert "greeting.say" in error.next_step


@pytest.mark.parametrize("path", ["agents.nowhere:Agent", "agents.code:Nothing", "agents.platform:Platform"])
def test_an_entry_that_names_no_agent_is_refused_at_the_start(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    known = load_agents().agents
    entry = known["CodeAgent"].model_copy(update={"class_path": path})
    monkeypatch.setattr("agents.platform.load_agents", lambda: AgentsFile.model_construct(agents={"CodeAgent": entry}))
    with pytest.raises(SettingsError, match=r"agents\.yaml"):
        open_platform(home=empty_home, kind="test", demo=False)
