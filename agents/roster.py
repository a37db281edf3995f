"""The agents of config/agents.yaml: imported, put on the bus inside a span each, and announced in the registry."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agents.base import BaseAgent, Context, Ports
from config.settings import AgentEntry
from core.bus import AgentCard, Bus, Delivery
from core.bus.message import Content, Message
from core.errors import SettingsError
from core.telemetry import Span, Telemetry, within
from core.types import Principal

Resume = Callable[[Message], None]
"""Told when a turn that an ended process began is delivered here."""
CheckSwitch = Callable[[str], None]
"""Raises AgentSwitchedOff for an agent that is off."""


class Roster:
    """Puts agents on a bus. An agent that is switched off in the file does not exist: no handler, no row."""

    def __init__(self, bus: Bus, telemetry: Telemetry, resume: Resume, check_switch: CheckSwitch) -> None:
        self._check_switch = check_switch
        self._bus = bus
        self._telemetry = telemetry
        self._resume = resume

    def enlist(self, entries: Mapping[str, AgentEntry], ports: Ports) -> list[AgentCard]:
        """Make and register every enabled agent; gives what each says of itself. Raises SettingsError."""
        cards = []
        for name, entry in entries.items():
            if not entry.enabled:
                continue
            agent = agent_class(entry.class_path)(ports)
            if agent.name != name:
                raise SettingsError(f"agents.yaml: {name} names a class whose agent is called {agent.name}.")
            self._bus.register(name, self._handler(agent), own_thread=agent.own_thread, slow=agent.is_slow)
            cards.append(
                AgentCard(agent=name, version="1", capabilities=agent.capabilities, kinds=tuple(agent.handlers))
            )
        return cards

    def announce(self, cards: list[AgentCard], seen: Path) -> None:
        """Write the registry's rows when the agents differ from those whose digest stands in the file `seen`."""
        digest = hashlib.sha256("".join(card.model_dump_json() for card in cards).encode()).hexdigest()
        if not seen.exists() or seen.read_bytes() != digest.encode():
            self._bus.registry.announce(cards)
            seen.write_text(digest, encoding="utf-8")

    def _handler(self, agent: BaseAgent) -> Callable[[Message, Delivery], Content]:
        """An agent's handler as the bus calls it: inside the question's context and a span."""

        def handle(message: Message, delivery: Delivery) -> Content:
            delivery.check()
            self._check_switch(agent.name)
            if delivery.fence and agent.own_thread:
                self._resume(message)
            with self._measured(agent.name, message, delivery) as span:
                principal = Principal(user_id=message.user_id, role=message.user_role)
                context = Context(
                    message,
                    principal,
                    delivery.cancellation,
                    delivery.effect_id,
                    delivery.check_fence,
                    taken_over=delivery.fence > 0,
                )
                answered = agent.handle(message, context)
                span.content(output=answered.body)
                return answered

        return handle

    @contextmanager
    def _measured(self, agent: str, message: Message, delivery: Delivery) -> Iterator[Span]:
        """The question's context and the span of one handling, below that of whoever asked for it."""
        parent = self._telemetry.parent(message.correlation_id, message.from_agent)
        who = {"user_id": message.user_id, "user_role": message.user_role}
        wait = delivery.queued_seconds * 1000
        with (
            within(message.correlation_id, message.session_id, **who, span_id=parent, agent=agent),
            self._telemetry.span(f"{agent} {message.content.kind}", kind="agent", queue_wait_ms=wait) as span,
        ):
            span.content(input=message.content.body)
            yield span


def agent_class(path: str) -> type[BaseAgent]:
    """The class at `module:Name`; raises SettingsError when it is not there or no agent."""
    module, name = path.split(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"agents.yaml: the class {path} cannot be imported ({error}).") from error
    if not (isinstance(found, type) and issubclass(found, BaseAgent)):
        raise SettingsError(f"agents.yaml: {path} is not an agent (it does not inherit from BaseAgent).")
    return found
