"""Puts a response together from what the agents replied; invents nothing and says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.messages import DryRunResponse, GenerateResponse, QueryResponse
from agents.operations.wording import PREFIX
from agents.planning.intent import DATA, DOCUMENTS_PREFIX, GENERATE, KNOWLEDGE, RUN, TABLES_PREFIX
from agents.planning.playbook import Slots, failed_tests
from agents.planning.tested import tested
from core.errors import PlatformError
from core.types import Chart, Code, ErrorInfo, Option, Response

NOT_IN_KNOWLEDGE_BASE = "This is not in the knowledge base."
NOTHING_RUN = "Nothing has been run: it waits for an approval, bound to exactly these bytes."
_REFUSALS = frozenset({"access_denied", "unknown_role", "not_found", "question_refused"})


@dataclass(frozen=True)
class Telling:
    """A result in words and as a drawing."""

    sentence: str
    chart: Chart | None = None


Tell = Callable[[GenerateResponse, QueryResponse], Telling]


def compose(playbook: str, slots: Slots, tell: Tell) -> Response | None:
    """The response of a playbook that came to one; None when it found nothing to say."""
    match playbook:
        case "data_question":
            return _from_tables(slots, tell) or _unclear(slots, lambda question: question)
        case "knowledge_question":
            return _from_documents(slots)
        case "generate_code":
            return _written(slots) or _unclear(slots, _generating)
        case "run_code":
            return _pending(slots) or _unclear(slots, lambda question: _saving(question, slots))
        case "full_pipeline":
            return _piped(slots) or _unclear(slots, lambda question: _saving(question, slots))
        case "tests":
            return tested(slots.written, slots.tested)
        case "operations_question":
            return _from_operations(slots)
    return None


def _from_tables(slots: Slots, tell: Tell) -> Response | None:
    generated, result = slots.generated, slots.result
    if generated is None or result is None:
        return None
    telling = tell(generated, result)
    return Response(
        status="answered",
        answer=telling.sentence,
        rung=result.rung,
        sql=result.sql,
        statement_id=result.statement_id,
        columns=result.columns,
        rows=result.rows,
        row_count=result.row_count,
        truncated=result.truncated,
        chart=telling.chart,
        understood=generated.understood,
        suggestions=generated.suggestions,
        confidence=generated.confidence,
        verified=generated.verified,
    )


def _from_documents(slots: Slots) -> Response | None:
    retrieved = slots.retrieved
    if retrieved is None or retrieved.answer is None:
        return None
    return Response(
        status="answered",
        answer=retrieved.answer,
        rung="knowledge",
        citations=retrieved.passages,
        confidence=retrieved.confidence,
    )


def _from_operations(slots: Slots) -> Response | None:
    found = slots.operations
    if found is None or found.outcome == "not_understood":
        return None
    if found.outcome == "not_allowed":
        return refused(found.missing)
    if found.outcome == "ambiguous":
        options = [
            Option(id=f"reading-{number}", label=reading.label, question=reading.question)
            for number, reading in enumerate(found.readings, 1)
        ]
        reason = found.missing or "The question can be read in more than one way."
        return Response(
            status="needs_clarification", answer="Which did you mean?", reason=reason, options=tuple(options)
        )
    return Response(
        status="answered",
        answer=found.sentence,
        rung="operations",
        sql=found.sql,
        statement_id=found.statement_id,
        columns=found.columns,
        rows=found.rows,
        row_count=found.row_count,
        truncated=found.truncated,
        chart=found.chart,
        understood=found.understood,
        confidence=found.confidence,
    )


def _written(slots: Slots) -> Response | None:
    generated = slots.generated
    if generated is None or generated.outcome != "code" or generated.code is None:
        return None
    return Response(
        status="answered",
        answer=generated.code.explanation,
        rung="code",
        sql=generated.code.text if generated.code.language == "sql" else None,
        code=generated.code,
        understood=generated.understood,
        suggestions=generated.suggestions,
        confidence=generated.confidence,
    )


def _generating(question: str) -> str:
    """A suggestion that already says what to write is left as it is."""
    return question if question.startswith("Generate ") else f"Generate SQL for: {question}"


def _pending(slots: Slots) -> Response | None:
    found, approval = slots.dry_run, slots.approval
    if found is not None and found.outcome == "forbidden":
        return refused(found.reason)
    if found is not None and found.outcome == "fails":
        return _would_fail(found)
    if approval is None:
        return None
    if approval.outcome == "forbidden":
        return refused(approval.reason)
    return Response(
        status="pending_approval",
        answer=" ".join((*(found.effect.get("summary", ()) if found else ()), NOTHING_RUN)),
        rung="execution",
        sql=approval.statement if slots.command.language == "sql" else None,
        code=_as_approved(slots),
        approval_id=approval.approval_id,
        reason=approval.reason,
        understood=slots.generated.understood if slots.generated else (),
    )


def _as_approved(slots: Slots) -> Code | None:
    """The code as the guard wrote it: what is shown is what would be sent."""
    code = slots.generated.code if slots.generated else None
    statement = slots.approval.statement if slots.approval else None
    return code.model_copy(update={"text": statement}) if code and statement else code


def _piped(slots: Slots) -> Response | None:
    """The request, with what the tests and the documents said; nobody is asked when a test does not hold."""
    failed = failed_tests(slots.tested)
    if failed:
        told = "; ".join(f"{row.name}: {row.detail}" for row in failed[:3])
        reason = f"{len(failed)} of its {len(slots.tested.rows if slots.tested else ())} tests do not hold: {told}"
        return Response(status="failed", answer=f"Nobody is asked to approve it. {reason}", reason=reason, rung="tests")
    response = _pending(slots)
    if response is None:
        return None
    notes = []
    if slots.tested is not None and slots.tested.rows:
        passed = sum(row.status == "passed" for row in slots.tested.rows)
        notes.append(f"{passed} of {len(slots.tested.rows)} tests of it hold.")
    known = slots.retrieved
    citations = known.passages if known is not None and known.answer is not None else ()
    return response.model_copy(update={"answer": " ".join((*notes, response.answer)), "citations": citations})


def _would_fail(found: DryRunResponse) -> Response:
    """The dry run broke on it, so that nobody is asked to approve it."""
    error = found.error
    sentence = f"It would fail, so nobody is asked to approve it. {found.reason}"
    return Response(status="failed", answer=sentence, reason=sentence, rung="execution", error=error)


def _unclear(slots: Slots, phrase: Callable[[str], str]) -> Response | None:
    """Two readings become buttons; what the role may not read is refused, never answered as 'no rows'."""
    generated = slots.generated
    if generated is None or generated.outcome not in {"ambiguous", "not_allowed"}:
        return None
    if generated.outcome == "not_allowed":
        return refused(generated.missing)
    options = tuple(
        Option(id=f"reading-{number}", label=reading.label, question=phrase(reading.question))
        for number, reading in enumerate(generated.readings, 1)
    )
    reason = generated.missing or "The question can be read in more than one way."
    return Response(
        status="needs_clarification",
        answer="Which did you mean?",
        reason=reason,
        options=options,
        suggestions=generated.suggestions,
        understood=generated.understood,
        confidence=generated.confidence,
    )


def _saving(question: str, slots: Slots) -> str:
    target = slots.command.save_as
    return f"Execute SQL to find {question}" + (f" and save to table {target}".rstrip() if target is not None else "")


def declined(playbook: str, slots: Slots) -> Response:
    """Nothing answers: what is missing, and the nearest questions that can be answered."""
    if slots.operations is not None:
        return not_of_the_platform(slots.operations.missing, slots.operations.suggestions)
    generated = slots.generated
    suggestions = generated.suggestions if generated else ()
    missing = generated.missing if generated else ""
    if playbook == KNOWLEDGE:
        reason = "No document that you may read answers it well enough to be quoted."
        return Response(
            status="needs_clarification", answer=NOT_IN_KNOWLEDGE_BASE, reason=reason, suggestions=suggestions
        )
    also = f" {NOT_IN_KNOWLEDGE_BASE}" if playbook == DATA and slots.retrieved is not None else ""
    reason = missing or "The tables that you may read do not hold what the question asks for."
    opening = {GENERATE: "I cannot write this yet.", RUN: "I cannot prepare this yet."}.get(
        playbook, "I cannot answer this from the tables."
    )
    return Response(
        status="needs_clarification", answer=f"{opening} {reason}{also}", reason=reason, suggestions=suggestions
    )


def orientation(may_have_code: bool, suggestions: Sequence[str]) -> Response:
    """What can be asked here, with questions that this role gets an answer to."""
    told = "Ask in words about the tables or the documents that you may read."
    if may_have_code:
        told += " 'Write SQL for …' shows code and runs nothing; 'Execute … and save to table …' asks for an approval."
    return Response(
        status="needs_clarification", answer=told, reason="No question was asked.", suggestions=tuple(suggestions)
    )


def nothing_before(saving: bool) -> Response:
    """'Run it' at the start of a conversation: there is no answer that it could mean."""
    reason = f"There is no answer before this in the conversation that could be {'saved' if saving else 'run'}."
    how = "Say what to compute ('Execute SQL to find … and save to table …'), or give the statement."
    return Response(status="needs_clarification", answer=f"{reason} {how}", reason=reason)


def which_one(question: str) -> Response:
    """Tables and documents both answer: the person chooses."""
    return Response(
        status="needs_clarification",
        answer="Both the tables and the documents have an answer. Which did you mean?",
        reason="The question fits a figure from the tables and a passage of the documents equally well.",
        options=(
            Option(id="tables", label="A figure from the tables", question=f"{TABLES_PREFIX}{question}"),
            Option(id="documents", label="A passage from the documents", question=f"{DOCUMENTS_PREFIX}{question}"),
        ),
    )


def not_of_the_platform(missing: str, suggestions: Sequence[str]) -> Response:
    """The platform's own figures do not hold it: what is missing, and questions that they answer."""
    reason = missing or "The figures of the platform do not hold what the question asks for."
    return Response(
        status="needs_clarification",
        answer=f"I cannot answer this from the figures of the platform. {reason}",
        reason=reason,
        suggestions=tuple(suggestions),
    )


def platform_or_tables(question: str) -> Response:
    """The platform's own figures and somebody's tables both answer: the person chooses."""
    return Response(
        status="needs_clarification",
        answer="Both the tables and the platform's own figures have an answer. Which did you mean?",
        reason="The question fits figures of the agents and a figure from the tables equally well.",
        options=(
            Option(id="platform", label="How the platform does", question=f"{PREFIX}{question}"),
            Option(id="tables", label="A figure from the tables", question=f"{TABLES_PREFIX}{question}"),
        ),
    )


def refused(sentence: str, error: ErrorInfo | None = None) -> Response:
    """A rule forbids it; `sentence` says which, and what to do next."""
    return Response(status="refused", answer=sentence, reason=sentence, error=error)


def declined_strategy(sentence: str) -> Response:
    """The way of working that was asked for does not work here; `sentence` says why."""
    return Response(
        status="needs_clarification",
        answer=f"{sentence} Ask with the strategy auto, playbook or tot.",
        reason=sentence,
        stop_reason="strategy_unavailable",
    )


def failed(error: ErrorInfo) -> Response:
    """An error as a response: refused where a rule denied it, failed otherwise."""
    sentence = f"{error.message} {error.next_step}"
    if error.code in _REFUSALS:
        return refused(sentence, error)
    if error.code == "question_empty":
        return Response(status="needs_clarification", answer=sentence, reason=error.message, error=error)
    return Response(status="failed", answer=sentence, reason=error.message, error=error)


def error_info(error: PlatformError) -> ErrorInfo:
    """What a person and a program are told of an error."""
    return ErrorInfo(code=error.code, message=error.message, next_step=error.next_step, retryable=error.retryable)
