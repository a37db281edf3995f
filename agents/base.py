"""What every agent is: a name, the kinds of request it handles, and the ports it was given.

An agent is stateless. It never imports another agent: they meet on the bus, by name and kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from core.bus.message import Content, Message
from core.errors import BusError
from core.types import Cancellation, Frozen, Principal

if TYPE_CHECKING:
    from agents.answerable import Answerable
    from core.bus import Bus
    from core.clock import Clock
    from core.codecheck import SqlGuard
    from core.execution import GuardedReader
    from core.governance import Approvals, Policy
    from core.knowledge import Knowledge
    from core.telemetry import Telemetry


@dataclass(frozen=True)
class Ports:
    """Everything an agent may use; each takes what it needs in its constructor and keeps nothing else."""

    bus: Bus
    clock: Clock
    policy: Callable[[], Policy]
    """The policy as it stands now: `load` adds scopes while the platform runs."""
    guard: Callable[[], SqlGuard]
    reader: GuardedReader
    knowledge: Knowledge
    answerable: Answerable
    """The semantic models, by role."""
    approvals: Approvals
    telemetry: Telemetry


@dataclass(frozen=True)
class Context:
    """What a handler knows beside the request itself."""

    message: Message
    principal: Principal
    cancellation: Cancellation


@dataclass(frozen=True)
class Handler:
    """How one kind is handled: the type of its request and the function that answers it."""

    request: type[Frozen]
    answer: Callable[[Any, Context], Frozen]


class BaseAgent:
    """Base of all agents. A subclass names itself, declares `handlers` and raises typed errors only."""

    name: ClassVar[str]
    capabilities: ClassVar[tuple[str, ...]] = ()
    own_thread: ClassVar[bool] = False
    """True for an agent whose handler waits for others; all else runs in the shared pool and never waits."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The kinds this agent handles."""
        raise NotImplementedError

    def handle(self, message: Message, context: Context) -> Content:
        """Answer one request; raises BusError for a kind that this agent does not handle."""
        kind = message.content.kind
        handler = self.handlers.get(kind)
        if handler is None:
            raise BusError(
                f"{self.name} does not handle {kind!r}.",
                next_step=f"It handles: {', '.join(self.handlers)}.",
            )
        request = handler.request.model_validate(message.content.body)
        return Content.of(kind, handler.answer(request, context))
