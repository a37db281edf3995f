"""OrchestratorAgent: understands the request, plans, delegates over the bus, and puts the answer together.

It touches no data itself. Its handler drives one turn in a thread of its own and may wait for other agents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, TypeVar

from agents.base import BaseAgent, Context, Handler, Ports
from agents.messages import UserRequest, UserResponse
from agents.planning.turn import TurnDriver
from core.types import Response

if TYPE_CHECKING:
    from agents.platform import Platform

Body = TypeVar("Body")


class OrchestratorAgent(BaseAgent):
    """The master controller; also the brief's entry point: `OrchestratorAgent().process_request(...)`."""

    name: ClassVar[str] = "OrchestratorAgent"
    capabilities: ClassVar[tuple[str, ...]] = ("intent", "planning", "delegation", "aggregation", "access control")
    own_thread: ClassVar[bool] = True

    def __init__(self, ports: Ports | None = None) -> None:
        if ports is not None:
            super().__init__(ports)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"user.request": Handler(UserRequest, self._run_turn)}

    def process_request(
        self, user_query: str, user_role: str, user_id: str | None = None, session_id: str | None = None
    ) -> Response:
        """Answer one request and wait for it.

        Made without arguments, the orchestrator uses this process's default platform (opened at the first call).
        Never raises for what a person typed: the response's status and reason say it.
        """
        return self._platform().process_request(
            user_query=user_query, user_role=user_role, user_id=user_id, session_id=session_id
        )

    def _platform(self) -> Platform:
        from agents.platform import default_platform  # the one named exception to the import rule

        return default_platform()

    def _run_turn(self, request: UserRequest, context: Context) -> UserResponse:
        return UserResponse(response=TurnDriver(self.ports, request, context).run())
