"""Puts sets of questions to a running platform: a private home for each body of data, every answer marked.

`evaluate` does it for a set by name (demo, clinic, northwind, defog) or by the path of its file. The home that is given
to the command line only receives the history.
"""

from __future__ import annotations

import runpy
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from agents.home import Home, Progress
from agents.loading import load_path
from agents.platform import Platform, open_platform
from config.settings import ROOT, load_settings
from core.clock import Clock, SystemClock
from core.errors import EvaluationError, StatementFailed
from core.evaluation import (
    Evaluated,
    GoldQuestion,
    Outcome,
    Question,
    QuestionSet,
    half_of,
    merged,
    outcome,
    question_id,
    read_gold,
    read_set,
    sample,
    summarize,
)
from core.types import PLATFORM
from core.warehouse.statements import quoted

if TYPE_CHECKING:
    from core.warehouse.reference import ReferenceDatabase

GOLDEN = ROOT / "tests" / "fixtures" / "golden"
DEMO_FILES = (
    ROOT / "tests" / "fixtures" / "demo_questions.yaml",
    GOLDEN / "demo_second_author.yaml",
    GOLDEN / "demo_ambiguous.yaml",
    GOLDEN / "demo_third_author.yaml",
    GOLDEN / "demo_fourth_author.yaml",
    GOLDEN / "demo_fifth_author.yaml",
)
THIRD_AUTHOR = "{name}_third_author.yaml"
"""Further questions on the data of a set or of a gold database, where the folder holds them."""
SETS = ("demo", "clinic", "northwind", "defog")
GOLD_FILE = "questions_gen_postgres.csv"
GOLD_DAY = date(2024, 6, 30)
"""The day that the gold questions are asked on; none of them counts from today."""
FAST_EVERY = 6
"""`--fast` asks each sixth question of each kind."""
QUESTIONS_A_USER = 50
"""A person may ask so many in a minute; the questions are spread over as many people as it takes."""
ROLE = "data_analyst"
EMBEDDED = "embedded"


@dataclass(frozen=True)
class Manner:
    """How sets are asked: where their data is, whether all of it, and who is told of the progress."""

    data: Path | None = None
    fast: bool = False
    progress: Progress = lambda text: None
    clock: Clock = field(default_factory=SystemClock)


def available(data: Path | None) -> tuple[str, ...]:
    """The sets whose data is there."""
    found = [name for name in ("demo", "clinic") if GOLDEN.is_dir()]
    if data is not None:
        found += [
            name for name, file in (("northwind", "create.sql"), ("defog", GOLD_FILE)) if (data / name / file).is_file()
        ]
    return tuple(found)


def evaluate(chosen: str, manner: Manner) -> Evaluated:
    """Ask a whole set, by name or by the path of its file; raises EvaluationError, LoadError."""
    started = manner.clock.now()
    notes: list[str] = []
    outcomes = tuple(_outcomes(chosen, manner, notes))
    name = f"{Path(chosen).stem if _is_file(chosen) else chosen}{'-fast' if manner.fast else ''}"
    summary = summarize(name, outcomes)
    return Evaluated(
        summary=summary, outcomes=outcomes, started_at=started, ended_at=manner.clock.now(), notes=tuple(notes)
    )


def examine(platform: Platform, questions: Sequence[Question], clock: Clock | None = None) -> tuple[Outcome, ...]:
    """Ask each question, what follows in the same conversation, and mark the answers."""
    watch = clock or SystemClock()
    platform.warm()  # the seconds are those of a running platform
    sessions: dict[str, tuple[str, str]] = {}
    outcomes = []
    for number, question in enumerate(questions):
        user, session = sessions.get(question.follows or "", (f"evaluation-{number // QUESTIONS_A_USER}", None))
        begun = watch.monotonic()
        response = platform.process_request(question.text, question.role, user, session)
        outcomes.append(outcome(question, response, watch.monotonic() - begun))
        sessions[question.question_id] = (user, response.session_id)
    return tuple(outcomes)


def demo_set(files: Sequence[Path] = DEMO_FILES) -> QuestionSet:
    """The questions on the demo company."""
    return merged("demo", [read_set(path) for path in files])


@contextmanager
def demo_platform(folder: Path, day: date) -> Iterator[Platform]:
    """A platform over a demo company of its own in `folder`, whose orders end on `day`, which is also today."""
    Home(load_settings(home=folder, profile=EMBEDDED)).prepare(demo=True, end_date=day)
    with open_platform(home=folder, profile=EMBEDDED, kind="test", today=lambda: day) as platform:
        yield platform


@contextmanager
def loaded_platform(folder: Path, source: Path, named: tuple[str, date]) -> Iterator[Platform]:
    """A platform over what `load` makes of a file or folder; `named` is its schema and the day that is today."""
    schema, day = named
    with open_platform(home=folder, profile=EMBEDDED, kind="test", demo=False, today=lambda: day) as platform:
        load_path(platform, source, schema=schema, role=None, progress=lambda text: None)
        yield platform


# ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _outcomes(chosen: str, manner: Manner, notes: list[str]) -> Iterator[Outcome]:
    if chosen == "defog":
        yield from _gold_outcomes(manner, notes)
        return
    questions, body = _body(chosen, manner)
    asked = sample(questions, FAST_EVERY) if manner.fast else questions
    manner.progress(f"{questions.name}: {len(asked.questions)} questions …")
    with tempfile.TemporaryDirectory(prefix="aiops-eval-") as folder, body(Path(folder), asked.as_of) as platform:
        yield from examine(platform, asked.questions, manner.clock)


Body = Callable[[Path, date], AbstractContextManager[Platform]]


def _body(chosen: str, manner: Manner) -> tuple[QuestionSet, Body]:
    """The questions, and what opens a platform over their data."""
    if chosen == "demo":
        return demo_set(), lambda folder, day: demo_platform(folder / "home", day)
    path = GOLDEN / f"{chosen}.yaml" if chosen in SETS else Path(chosen)
    if not path.is_file():
        raise EvaluationError(f"There is no set of questions {chosen}.")
    first = read_set(path)
    questions = merged(first.name, [first, *_further(chosen)]) if chosen in SETS else first
    if chosen == "clinic":
        return questions, _clinic
    if questions.source is None:
        return questions, lambda folder, day: demo_platform(folder / "home", day)
    source = _source(path, questions.source, manner.data)
    return questions, lambda folder, day: loaded_platform(folder / "home", source, (questions.name, day))


def _further(name: str) -> list[QuestionSet]:
    path = GOLDEN / THIRD_AUTHOR.format(name=name)
    return [read_set(path)] if path.is_file() else []


def _is_file(chosen: str) -> bool:
    return chosen not in SETS


def _source(path: Path, source: str, data: Path | None) -> Path:
    """Where a set's data is: beside its file, or below the folder of the data."""
    places = [path.parent / source, *([data / source] if data is not None else [])]
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise EvaluationError(
            f"The data of {path.stem} ({source}) is not there.",
            next_step="Name the folder that holds it with --data DIR or AIOPS_EVAL_DATA.",
        )
    return found


@contextmanager
def _clinic(folder: Path, day: date) -> Iterator[Platform]:
    source = runpy.run_path(str(GOLDEN / "clinic.py"))["write"](folder / "clinic")
    with loaded_platform(folder / "home", source, ("clinic", day)) as platform:
        yield platform


def _gold_outcomes(manner: Manner, notes: list[str]) -> Iterator[Outcome]:
    """One home a database; only questions whose gold statement runs over the loaded rows are asked."""
    if manner.data is None or not (manner.data / "defog" / GOLD_FILE).is_file():
        raise EvaluationError(
            "The data of defog is not there.",
            next_step="Name the folder that holds it with --data DIR or AIOPS_EVAL_DATA.",
        )
    gold = read_gold(manner.data / "defog" / GOLD_FILE)
    for database in dict.fromkeys(each.database for each in gold):
        chosen = [each for each in gold if each.database == database]
        with _gold_platform(manner.data, database) as platform:
            yield from _ask_gold(platform, (database, chosen), manner, notes)


@contextmanager
def _gold_platform(data: Path, database: str) -> Iterator[Platform]:
    source = data / "defog" / f"{database}.sql"
    with (
        tempfile.TemporaryDirectory(prefix="aiops-eval-") as folder,
        loaded_platform(Path(folder) / "home", source, (database, GOLD_DAY)) as platform,
    ):
        yield platform


def _ask_gold(
    platform: Platform, named: tuple[str, Sequence[GoldQuestion]], manner: Manner, notes: list[str]
) -> tuple[Outcome, ...]:
    database, chosen = named
    with _reference(platform, database) as reference:
        questions = [question for each in chosen if (question := _gold_question(reference, each, notes)) is not None]
    asked = QuestionSet(name=database, as_of=GOLD_DAY, questions=tuple(questions))
    asked = merged(database, [asked, *_further(database)])
    asked = sample(asked, FAST_EVERY) if manner.fast else asked
    manner.progress(f"defog {database}: {len(asked.questions)} questions …")
    return examine(platform, asked.questions, manner.clock)


def _reference(platform: Platform, schema: str) -> ReferenceDatabase:
    from core.warehouse.reference import ReferenceDatabase

    full_name = f"{platform.settings.catalog_name}.{schema}"
    tables = platform.warehouse.tables(full_name, principal=PLATFORM)
    return ReferenceDatabase(
        {
            table.name: platform.warehouse.query(f"SELECT * FROM {quoted(table.full_name)}", principal=PLATFORM)
            for table in tables
        }
    )


def _gold_question(reference: ReferenceDatabase, gold: GoldQuestion, notes: list[str]) -> Question | None:
    answers = []
    fault = ""
    for statement in gold.statements:
        try:
            answers.append(reference.rows(statement))
        except StatementFailed as error:
            fault = error.message
    if not answers:
        notes.append(f"not asked ({gold.database}): {gold.text} ({fault.splitlines()[0]})")
        return None
    name = f"defog.{gold.database}"
    return Question(
        question_id=question_id(name, gold.text),
        set_name=name,
        text=gold.text,
        role=ROLE,
        kind="answerable",
        answers=tuple(answers),
        half=half_of(gold.text),
        why=gold.category,
    )
