"""An agent keeps one colour everywhere: the number of its chart colour, whatever the page."""

from __future__ import annotations

_ORDER = (
    *("OrchestratorAgent", "RAGAgent", "CodeAgent", "ExecutionAgent", "GovernanceAgent", "TestCaseAgent"),
    *("PowerBIAgent", "LLMOpsAgent", "PromptOpsAgent", "FeedbackAgent", "OptimizerAgent"),
)
COLOURS = 8
"""Chart colours of a theme; see reference of the theme in .streamlit/config.toml."""


def colour_number(agent: str) -> int:
    """0 to 7; agents of somebody's own get one by their name."""
    place = _ORDER.index(agent) if agent in _ORDER else sum(agent.encode())
    return place % COLOURS
