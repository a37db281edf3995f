"""A step that takes too long says who was slow, and never that a person stopped it."""

from __future__ import annotations

import pytest

from agents.base import Context
from agents.messages import RetrieveRequest, RetrieveResponse
from agents.planning.delegation import Delegation
from agents.planning.plan import Plan
from core.bus import Content, Delivery, Message
from core.clock import SystemClock
from core.errors import Cancelled, RequestExpired
from core.types import Cancellation, Principal
from tests.unit.bus.home import Home, ask


def test_a_step_that_is_over_its_time_names_the_agent(home: Home) -> None:
    def heedful(message: Message, delivery: Delivery) -> Content:
        while not delivery.cancellation.cancelled:
            delivery.cancellation.on_cancel(lambda: None)
        raise Cancelled("The request was stopped.")

    principal = Principal(user_id="dev", role="data_engineer")
    with home.bus() as bus:
        bus.register("Slow", heedful)
        context = Context(ask("Asker"), principal, Cancellation(), "effect", lambda: None)
        plan = Plan(SystemClock(), lambda steps: None)
        delegation = Delegation(bus, plan, context, "OrchestratorAgent")
        with pytest.raises(RequestExpired, match="Slow did not answer within 0 seconds"):
            delegation.ask("Slow", "knowledge.retrieve", RetrieveRequest(question="?"), RetrieveResponse, 0.2)
    assert [step.status for step in plan.steps] == ["failed"]
