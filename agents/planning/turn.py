"""One user request from its text to its response: rights, intent, playbooks, and what to do when they do not answer.

A data question is tried on the tables first and then on the documents, a knowledge question the other way round;
where the intent is open, both are asked and a tie is put to the person.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from agents.base import Context, Ports
from agents.messages import GenerateRequest, UserRequest
from agents.operations.wording import PREFIX
from agents.planning import answer
from agents.planning.approved import ApprovedRun
from agents.planning.budget import Budget
from agents.planning.command import Command, parse_command
from agents.planning.delegation import Delegation, StepFailed
from agents.planning.intent import DATA, GENERATE, KNOWLEDGE, OPERATIONS, ORIENTATION, PIPELINE, RUN, TESTS, Intent
from agents.planning.plan import Plan
from agents.planning.playbook import EXCHANGES, Slots
from agents.planning.react import React
from agents.planning.testing import parse_testing
from agents.planning.thinking import Reply, Thinking
from agents.planning.tree_of_thoughts.telling import thoughts
from agents.semantics import SCHEMA_MARGIN
from agents.verified_answers import pinned_query
from core.errors import AgentSwitchedOff, BudgetExhausted, Cancelled, PlatformError
from core.types import Frozen, PlanChanged, Response, TextDelta, Tokens, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
LAST_QUERY = "last_semantic_query"
"""Shared memory, scope = conversation: what the last answer came from, for follow-ups."""
COMPARED_READINGS = 2
"""With so many readings the question back shows what each gives, whatever the strategy: two statements more."""


class TurnDriver:
    """Drives one turn; made for it and thrown away after it."""

    def __init__(self, ports: Ports, request: UserRequest, context: Context) -> None:
        self._ports = ports
        self._request = request
        self._context = context
        self._role = context.principal.role
        self._correlation = context.message.correlation_id
        self._started = ports.clock.monotonic()
        self._plan = Plan(ports.clock, lambda steps: ports.board.post(self._correlation, PlanChanged(steps=steps)))
        self._delegation = Delegation(ports.bus, self._plan, context, "OrchestratorAgent")
        self._budget = Budget(ports.budget, ports.clock, ports.price)
        self._thinking = Thinking(ports, context, self._budget, self._ask)
        self.intent: Intent | None = None

    def run(self) -> Response:
        """The response, whatever happens; only a defect in our own code would raise."""
        try:
            response = self._or_what_is_missing(self._answer())
        except Cancelled as stopped:
            response = self._stopped(stopped)
        except StepFailed as failure:
            response = answer.failed(failure.error)
        except BudgetExhausted as spent:
            response = answer.failed(answer.error_info(spent))
            response = response.model_copy(update={"stop_reason": self._budget.spent_part})
        except PlatformError as error:
            _log.info("The turn ended with %s: %s", error.code, error.message)
            response = answer.failed(answer.error_info(error))
        self._plan.close("failed" if response.status == "failed" else "skipped")
        return self._finish(response)

    def _stopped(self, stopped: Cancelled) -> Response:
        """Its owner stopped the answer; or an administrator switched off the agent that worked on it, and why."""
        if not self._context.cancellation.cancelled and self._ports.switchboard.off():
            return answer.failed(answer.error_info(AgentSwitchedOff(stopped.message)))
        self._plan.close("cancelled")
        return Response(status="cancelled", reason="You stopped this answer.", answer="Stopped.")

    def _answer(self) -> Response:
        if self._request.approved is not None:
            return ApprovedRun(self._ports, self._delegation, self._context).run(self._request.approved)
        previous = self._previous()
        if self._request.strategy == "react":
            return self._react()
        self.intent = intent = self._classify(follows_data=previous is not None)
        if intent.name == ORIENTATION:
            may = self._ports.rights().policy.decide(self._role, "code.generate").permitted
            return answer.orientation(may, self._ports.semantics.examples(self._role, limit=3))
        commanded = intent.name in (RUN, GENERATE, PIPELINE)
        command = parse_command(intent.question) if commanded else Command(intent.question)
        slots = Slots(
            question=intent.question,
            command=command,
            schema_name=self._request.schema_name,
            previous_query=previous,
            row_limit=self._ports.row_limit,
            supersedes=self._request.supersedes,
            verified=self._request.verified,
            runs=intent.name != GENERATE,
        )
        if intent.name == PIPELINE and PIPELINE in self._ports.playbooks:
            return self._play(PIPELINE, slots) or self._compose(PIPELINE, slots) or answer.declined(PIPELINE, slots)
        if intent.name in (RUN, GENERATE):
            return self._command(intent.name, slots)
        if intent.name == TESTS:
            slots.testing = parse_testing(intent.question)
            return self._play(TESTS, slots) or self._compose(TESTS, slots) or answer.declined(TESTS, slots)
        if (about_itself := self._about_the_platform(slots)) is not None:
            return about_itself
        if intent.decided_by == "open":
            return self._both(slots)
        first, second = (KNOWLEDGE, DATA) if intent.name == KNOWLEDGE else (DATA, KNOWLEDGE)
        return self._one_then_other(first, None if intent.sure else second, slots)

    def _classify(self, *, follows_data: bool) -> Intent:
        """The intent; a question that names its schema ('In sales: ...') is one for the tables."""
        question = self._request.question
        pinned = self._ports.semantics.pinned(question, self._role) is not None
        if pinned or self._request.verified is not None or pinned_query(question) is not None:
            return Intent(DATA, True, "choice", question)
        intent = self._ports.classifier.classify(question, follows_data=follows_data)
        asks_for_rows = not intent.sure and self._ports.semantics.asks_for_rows(question, self._role)
        return self._ports.classifier.of_rows(intent) if asks_for_rows else intent

    def _about_the_platform(self, slots: Slots) -> Response | None:
        """The answer to a question about the platform itself; None for every other question.

        Tables come first: what they hold in the same words is answered from them, or the person is asked which.
        """
        operations, question = self._ports.operations, slots.question
        chosen = question.startswith(PREFIX)
        other = self.intent is not None and self.intent.decided_by == "choice" and not chosen
        if OPERATIONS not in self._ports.playbooks or slots.schema_name is not None or slots.verified or other:
            return None
        principal = self._context.principal
        fit = operations.fit(question, principal, slots.previous_query)
        if fit is None and not chosen:
            return None
        if not chosen and fit is not None and self._tables_know(question, fit):
            return answer.platform_or_tables(question) if operations.plainly(question) else None
        self.intent = Intent(OPERATIONS, True, "choice" if chosen else "rule", question)
        refusal = self._refusal_of_operations()
        if refusal is None:
            for step in self._ports.playbooks[OPERATIONS].steps:
                self._step(step.agent, step.kind, slots)
        return refusal or self._compose(OPERATIONS, slots) or answer.declined(OPERATIONS, slots)

    def _or_what_is_missing(self, response: Response) -> Response:
        """A question in the platform's own words that nothing answers is told what the platform's models lack."""
        operations, question, principal = self._ports.operations, self._request.question, self._context.principal
        open_end = response.status == "needs_clarification" and not response.options and response.stop_reason is None
        if not open_end or OPERATIONS not in self._ports.playbooks or self.intent is None:
            return response
        if self.intent.name not in (DATA, KNOWLEDGE) or self._request.schema_name or not operations.plainly(question):
            return response
        if operations.viewer(principal) is None or self._ports.semantics.fit(question, self._role):
            return response
        asked = operations.ask(question, principal)
        if asked.outcome != "not_understood":
            return response
        return answer.not_of_the_platform(asked.missing, asked.suggestions)

    def _tables_know(self, question: str, fit: float) -> bool:
        """Whether the models of tables understand it about as well."""
        return self._ports.semantics.fit(question, self._role) >= fit - SCHEMA_MARGIN

    def _refusal_of_operations(self) -> Response | None:
        """Everybody's figures or one's own: either right is enough to ask, and the answer is cut down to it."""
        if self._ports.operations.viewer(self._context.principal) is not None:
            return None
        return self._refusal(OPERATIONS)

    def _command(self, name: str, slots: Slots) -> Response:
        command = slots.command
        if name == RUN and command.statement is None and not command.question and slots.previous_query is None:
            return answer.nothing_before(command.save_as is not None)
        compiled_read = (
            name == RUN and command.statement is None and command.save_as is None and command.language == "sql"
        )
        refusal = self._refusal(name) if compiled_read else self._play(name, slots)
        if refusal:
            return refusal
        if compiled_read:  # our own compiler's read needs no grant: the rule of data.query covers it
            return self._one_then_other(DATA, None, slots)
        return self._compose(name, slots) or answer.declined(name, slots)

    def _one_then_other(self, first: str, second: str | None, slots: Slots) -> Response:
        """The first playbook's answer, else the second's; where neither has one, a model's, or what the first lacks."""
        refusal = self._play(first, slots)
        response = refusal or (self._compared(slots) if first == DATA else None) or self._compose(first, slots)
        if response is None and second is not None and self._play(second, slots) is None:
            response = self._compose(second, slots)
        return response or self._else_a_model(answer.declined(first, slots), first, slots)

    def _both(self, slots: Slots) -> Response:
        """An open intent: the code is generated and the documents are read before anything is run."""
        tables_refusal = self._refusal(DATA)
        known = None if self._play(KNOWLEDGE, slots) else self._compose(KNOWLEDGE, slots)
        if tables_refusal:
            return known or tables_refusal
        reading, *rest = self._ports.playbooks[DATA].steps
        self._step(reading.agent, reading.kind, slots)
        if known is not None and not slots.says_which_rows:
            return answer.which_one(self._request.question) if slots.understood else known
        for step in rest if slots.understood else ():
            self._step(step.agent, step.kind, slots)
        return self._compose(DATA, slots) or answer.declined(DATA, slots)

    def _compared(self, slots: Slots) -> Response | None:
        """Readings compared by what they give: where `tot` is asked for, or where two of them differ."""
        generated, strategy = slots.generated, self._request.strategy
        if strategy == "tot" and (compared := self._thinking.between_readings(slots)) is not None:
            return compared
        if strategy == "auto" and generated is not None and len(generated.readings) == COMPARED_READINGS:
            compared = self._thinking.between_readings(slots)
            if compared is not None and self._thinking.differ:
                return compared
        return None

    def _else_a_model(self, declined: Response, first: str, slots: Slots) -> Response:
        """What a model writes, for who may run it, where nothing checked has an answer; else `declined`."""
        generated, model = slots.generated, self._ports.model
        if model is None or first != DATA or generated is None or generated.outcome != "not_understood":
            return declined
        policy = self._ports.rights().policy
        may = all(policy.decide(self._role, action).permitted for action in ("code.generate", "execution.request"))
        if not may or self._request.strategy == "playbook":
            return declined
        written = self._written_by_a_model(slots)
        if written is None or written.status != "needs_clarification" or written.options:
            return written or declined
        note = f"{declined.answer} {model.name} was asked as well and brought nothing: {written.reason}"
        return written.model_copy(
            update={"answer": note, "reason": declined.reason, "suggestions": declined.suggestions}
        )

    def _written_by_a_model(self, slots: Slots) -> Response | None:
        """Its statement as a request for approval, or what kept it from becoming one."""
        statement, told, margin = self._thinking.of_a_model(slots)
        tree = thoughts(self._thinking.last)
        if statement is None:
            return told
        slots.command = Command(slots.question, statement=statement)
        response = self._play(RUN, slots) or self._compose(RUN, slots)
        if response is None:
            return None
        note = f"Written by {getattr(self._ports.model, 'name', 'a language model')}, not by a checked model of tables."
        return response.model_copy(
            update={
                "rung": "generated_sql",
                "answer": f"{note} {response.answer}",
                "understood": (f"{len(self._thinking.last.vote.groups[0])} of its candidates agree",),
                "confidence": margin,
                "tree": tree,
            }
        )

    def _react(self) -> Response:
        model = self._ports.model
        if model is None:
            return answer.declined_strategy("ReAct needs a language model, and none is configured.")
        return React(self._ports, model, self._context, self._budget, self._ask).run(self._request.question)

    def _ask(self, agent: str, kind: str, body: Frozen, reply: type[Reply]) -> Reply:
        if self._context.cancellation.cancelled:
            raise Cancelled("You stopped this answer.")
        return self._delegation.ask(agent, kind, body, reply, self._seconds(kind, body))

    def _seconds(self, kind: str, body: Frozen) -> float:
        """How long a step may take: one that may ask a language model, what the turn has left."""
        asks = kind == "code.candidates" or (isinstance(body, GenerateRequest) and not body.runs)
        if not asks or self._ports.model is None:
            return self._ports.step_seconds
        return max(self._ports.step_seconds, self._budget.seconds_left)

    def _compose(self, playbook: str, slots: Slots) -> Response | None:
        return answer.compose(playbook, slots, self._ports.tell)

    def _refusal(self, playbook: str) -> Response | None:
        """The refusal of the rule that forbids this playbook to the role, or None."""
        ruling = self._ports.rights().policy.decide(self._role, self._ports.playbooks[playbook].action)
        return None if ruling.permitted else answer.refused(ruling.sentence)

    def _play(self, name: str, slots: Slots) -> Response | None:
        """Run the steps of a playbook into the slots; gives a refusal when the role may not start it."""
        refusal = self._refusal(name)
        if refusal:
            return refusal
        for step in self._ports.playbooks[name].steps:
            if slots.wants(step):
                self._step(step.agent, step.kind, slots)
        return None

    def _step(self, agent: str, kind: str, slots: Slots) -> None:
        if self._context.cancellation.cancelled:
            raise Cancelled("You stopped this answer.")
        exchange = EXCHANGES[kind]
        body = exchange.body(slots)
        if body is not None:
            self._budget.take("steps")
            if kind in ("data.query", "ops.metrics"):
                self._budget.take("statements")
            reply = self._delegation.ask(agent, kind, body, exchange.reply, self._seconds(kind, body))
            setattr(slots, exchange.slot, reply)
            self._remember(slots)

    def _usage(self, seconds: float) -> Usage:
        """What the turn took, as its spans have it; its cost is unknown when a call of a model had no price."""
        spent = self._ports.telemetry.spent(self._correlation)
        return Usage(
            tokens=Tokens(in_=spent.tokens_in, out=spent.tokens_out, cached=spent.tokens_cached),
            cost=None if spent.unpriced else spent.cost,
            currency=spent.currency or "USD",
            unpriced=spent.unpriced,
            estimated=spent.estimated,
            seconds=seconds,
            statements=self._ports.count_statements(self._correlation),
        )

    def _previous(self) -> str | None:
        if not self._request.continues:
            return None
        value = self._ports.bus.memory.get(self._context.message.session_id, LAST_QUERY)
        return value if isinstance(value, str) else None

    def _remember(self, slots: Slots) -> None:
        query = slots.operations.semantic_query if slots.operations is not None else None
        if query is not None:
            session = self._context.message.session_id
            self._ports.bus.memory.put(session, LAST_QUERY, query, writer="OrchestratorAgent")
        elif slots.result is not None and slots.generated is not None and slots.generated.semantic_query:
            self._ports.bus.memory.put(
                self._context.message.session_id, LAST_QUERY, slots.generated.semantic_query, writer="OrchestratorAgent"
            )
        elif slots.result is not None and slots.generated is not None and slots.generated.verified is not None:
            # 'and by region?' after it would otherwise change the answer before
            self._ports.bus.memory.delete(self._context.message.session_id, LAST_QUERY, writer="OrchestratorAgent")

    def _finish(self, response: Response) -> Response:
        seconds = round(self._ports.clock.monotonic() - self._started, 4)
        message = self._context.message
        response = response.model_copy(
            update={
                "plan": self._plan.steps,
                "session_id": message.session_id,
                "correlation_id": self._correlation,
                "usage": self._usage(seconds),
            }
        )
        if response.answer:
            self._ports.board.post(self._correlation, TextDelta(text=response.answer))
        note: Callable[..., None] = self._ports.note_question
        note(self._request.question, self.intent.name if self.intent else "unknown", message, response)
        return response
