"""The report of a run: one HTML page that needs nothing else, the same as JSON, and the failures as text.

Everything that a person, a model or a table said is escaped. The text is what the matcher may be tuned by, so that it
lists the failures of the tuning half only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from core.evaluation.history import Evaluated
from core.evaluation.summary import KINDS, RATES, VERDICTS, Outcome, Summary, failed, summarize

ROWS_SHOWN = 12


def as_json(runs: Sequence[Evaluated], standings: Sequence[str] = ()) -> str:
    """Figures of each set, of its parts, and every failure."""
    return json.dumps({"sets": [_set(run) for run in runs], "baseline": list(standings)}, ensure_ascii=False, indent=1)


def _set(run: Evaluated) -> dict[str, Any]:
    return {
        **run.summary.model_dump(mode="json"),
        "right": run.summary.right,
        "wrong": run.summary.wrong,
        "parts": {part.name: part.model_dump(mode="json") for part in parts(run)},
        "notes": list(run.notes),
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat(),
        "failures": [each.model_dump(mode="json") for each in failures(run)],
    }


def parts(run: Evaluated) -> tuple[Summary, ...]:
    """The figures of the half that may be tuned to, of the half that may not, and of each file or database."""
    halves = (summarize("tuning half", run.outcomes, "tuning"), summarize("held-out half", run.outcomes, "held_out"))
    names = dict.fromkeys(each.question.set_name for each in run.outcomes)
    if len(names) < 2:
        return halves
    each_set = (summarize(name, [o for o in run.outcomes if o.question.set_name == name]) for name in names)
    return (*halves, *each_set)


def failures(run: Evaluated, *, held_out: bool = True) -> list[Outcome]:
    """Every question that did not end as it should, wrong answers first."""
    return [each for each in failed(run.outcomes) if held_out or each.question.half == "tuning"]


def as_text(runs: Sequence[Evaluated]) -> str:
    """Failures line by line, grouped by their cause; of the held-out half the numbers only."""
    return "\n\n".join("\n".join(_lines(run)) for run in runs) + "\n"


def _lines(run: Evaluated) -> Iterator[str]:
    for part in (run.summary, *parts(run)):
        yield f"{run.summary.name}, {part.name}: {part.questions} questions"
        yield from (f"  {name:22} {part.rates[name]}" for name in RATES)
    shown = failures(run, held_out=False)
    for cause in sorted({cause_of(each) for each in shown}):
        alike = [each for each in shown if cause_of(each) == cause]
        yield f"\n{cause} ({len(alike)})"
        for each in alike:
            yield f"  - {each.question.text}"
            yield f"      {each.fault}"
            yield from (f"      {line}" for line in (each.sql or "").splitlines())
    held_out = [each for each in failures(run) if each.question.half == "held_out"]
    yield f"\nheld out: {len(held_out)} failures"
    for cause in sorted({cause_of(each) for each in held_out}):
        yield f"  {sum(cause_of(each) == cause for each in held_out):4} {cause}"


def cause_of(each: Outcome) -> str:
    """What failures have in common: kind, verdict, and the reason up to where it speaks of the question itself."""
    reason = each.fault.removeprefix(f"{each.status}: ").split("\n")[0]
    common = re.split(r"\(|:|'|rows \[", reason)[0].strip() or "other rows than expected"
    return f"{each.question.kind}, {each.verdict}: {common}"


def as_html(runs: Sequence[Evaluated], standings: Sequence[str] = ()) -> str:
    """The page."""
    style = (files("core.evaluation") / "report.css").read_text(encoding="utf-8")
    body = "".join(
        (
            "<h1>Evaluation</h1>",
            *(f"<p>{escape(sentence)}</p>" for sentence in standings),
            *(f"<section>{''.join(_section(run))}</section>" for run in runs),
        )
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Evaluation</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}</style></head><body><main>{body}</main></body></html>\n"
    )


def _section(run: Evaluated) -> Iterator[str]:
    summary = run.summary
    yield f"<h2>{escape(summary.name)}</h2>"
    counts = ", ".join(f"{summary.kinds[kind]} {kind}" for kind in KINDS)
    half, most = summary.seconds_p50 * 1000, summary.seconds_p95 * 1000
    yield f"<p>{summary.questions} questions: {counts}. Half of the answers within {half:.0f} ms, "
    yield f"95 % within {most:.0f} ms.</p>"
    yield from (f"<p>{escape(note)}</p>" for note in run.notes)
    shown = (summary, *parts(run))
    yield _table(
        ("figure", *(part.name for part in shown)),
        ((f"{name}: {RATES[name]}", *(str(part.rates[name]) for part in shown)) for name in RATES),
    )
    yield _table(("kind", *VERDICTS), ((kind, *summary.verdicts[kind].values()) for kind in KINDS))
    yield _table(("rung", "right of what it answered"), ((name, str(each)) for name, each in summary.rungs.items()))
    ended_badly = failures(run)
    yield f"<h3>{len(ended_badly)} {'failure' if len(ended_badly) == 1 else 'failures'}</h3>"
    yield from (_failure(each) for each in ended_badly)


def _failure(each: Outcome) -> str:
    question = each.question
    facts = (
        ("understood", "; ".join(each.understood)),
        ("SQL", each.sql or ""),
        ("fault", each.fault),
        ("said", each.said),
        ("why it has no answer, or several", question.why),
    )
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts if text)
    title = f"{each.verdict} · {question.kind} · {question.text}"
    expected = question.answers[0] if question.answers else ()
    return (
        f'<details class="{each.verdict}"><summary>{escape(title)}</summary><dl>{listed}</dl>'
        f'<div class="rows">{_rows("found", each.found)}{_rows("expected", expected)}</div></details>'
    )


def _rows(name: str, rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return ""
    more = f"<p>… {len(rows) - ROWS_SHOWN} more</p>" if len(rows) > ROWS_SHOWN else ""
    return f"<div><h4>{escape(name)}</h4>{_table((), rows[:ROWS_SHOWN])}{more}</div>"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(_text(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{f'<thead><tr>{top}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"


def _text(cell: Any) -> str:
    return "NULL" if cell is None else str(cell)
