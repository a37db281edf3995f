"""What every agent is: a name, the kinds of request it handles, and the ports it was given.

An agent is stateless. It never imports another agent: they meet on the bus, by name and kind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from core.bus.message import Content, Message
from core.errors import BusError
from core.types import Cancellation, Frozen, Principal, Response

if TYPE_CHECKING:
    from agents.execution_parts import ExecutionParts
    from agents.operations import Operations
    from agents.planning.answer import Tell
    from agents.planning.board import TurnBoard
    from agents.planning.budget import BudgetLimits, Price
    from agents.planning.intent import IntentClassifier
    from agents.planning.playbook import Playbook
    from agents.rights import Rights
    from agents.rights_changes import RightsChanges
    from agents.second_thoughts import SecondThoughts
    from agents.semantics import SemanticLayer
    from agents.switchboard import Switchboard
    from agents.verified_answers import VerifiedAnswers
    from core.bus import Bus
    from core.clock import Clock
    from core.governance import Trail
    from core.knowledge import Knowledge
    from core.llm import LanguageModel
    from core.prompts import Prompts
    from core.telemetry import Telemetry
    from core.testing import TestStore

NoteQuestion = Callable[[str, str, Message, Response], None]
"""(question, intent, the request's message, response): writes the query log."""


@dataclass(frozen=True)
class Ports:
    """Everything an agent may use."""

    bus: Bus
    clock: Clock
    today: Callable[[], date]
    rights: Callable[[], Rights]
    """Policy, guards, reader and approvals as they stand now: `load` adds scopes while the platform runs."""
    execution: ExecutionParts
    changes: RightsChanges
    switchboard: Switchboard
    trail: Trail
    second_thoughts: SecondThoughts
    tests: TestStore
    knowledge: Knowledge
    semantics: SemanticLayer
    verified: VerifiedAnswers
    operations: Operations
    """Questions about the platform itself, for who may see the answer."""
    board: TurnBoard
    classifier: IntentClassifier
    playbooks: Mapping[str, Playbook]
    budget: BudgetLimits
    """What one turn may spend."""
    price: Price
    """What a call of the model costs, for the money of the budget."""
    tell: Tell
    prompts: Prompts
    model: LanguageModel | None
    """The language model; None where there is none, and then nothing depends on one."""
    note_question: NoteQuestion
    count_statements: Callable[[str], int]
    """Statements that a correlation took so far."""
    telemetry: Telemetry
    """Spans of what an agent does, and what a question took so far."""
    metric_views: bool = False
    """Whether the warehouse knows MEASURE(): a workspace does."""
    row_limit: int = 1000
    step_seconds: float = 60.0
    run_seconds: float = 600.0
    """The longest that an approved run may take."""


@dataclass(frozen=True)
class Context:
    """What a handler knows beside the request itself."""

    message: Message
    principal: Principal
    cancellation: Cancellation
    effect_id: str
    """The key of what the handler does outside the bus; the same for every delivery of this request."""
    before_effect: Callable[[], None]
    """Call right before a durable effect: raises Fenced when another process has taken the request over meanwhile."""
    taken_over: bool = False
    """Whether a process that has ended began with it."""


@dataclass(frozen=True)
class Handler:
    """How one kind is handled: the type of its request and the function that answers it."""

    request: type[Frozen]
    answer: Callable[[Any, Context], Frozen]


class BaseAgent(ABC):
    """Base of all agents. A subclass names itself, declares `handlers` and raises typed errors only."""

    name: ClassVar[str]
    capabilities: ClassVar[tuple[str, ...]] = ()
    own_thread: ClassVar[bool] = False
    """True for an agent whose handler waits for others; all else runs in the shared pool and never waits."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports

    @property
    @abstractmethod
    def handlers(self) -> Mapping[str, Handler]:
        """The kinds this agent handles."""

    def is_slow(self, message: Message) -> bool:
        """Whether a request may take as long as a language model: it is then handled apart from what is quick."""
        return False

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
