"""`eval` on a small set of a person's own: a running platform answers, and report, baseline and history follow."""

from __future__ import annotations

import argparse
import io
import json
import shutil
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents.evaluating import Manner, available, evaluate
from agents.platform import open_platform
from app.command_line import build_parser
from app.commands import eval as command
from core.errors import EvaluationError
from core.evaluation import Evaluated, EvaluationHistory
from core.types import PLATFORM

VISITS = "visit_id,town,fee\n1,Oakham,30\n2,Oakham,40\n3,Corby,50\n"
QUESTIONS = """\
set: visits
source: visits.csv
as_of: 2026-06-30
questions:
- question: How many visits are there per town?
  expected: [[Oakham, 2], [Corby, 1]]
  then:
  - question: only Corby
    expected: [[Corby, 1]]
- question: What is the total fee?
  expected: [[119]]
- question: What is the weather in Oakham?
  unanswerable: true
"""


@dataclass(frozen=True)
class Bench:
    """What one run gave and left."""

    runs: list[Evaluated]
    baseline: Path
    code: int
    out: str
    report: Path
    home: Path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, empty_template: Path) -> Bench:
    folder = tmp_path_factory.mktemp("eval")
    (folder / "visits.csv").write_text(VISITS)
    (folder / "visits.yaml").write_text(QUESTIONS)
    home = Path(shutil.copytree(empty_template, folder / "home"))
    runs = [evaluate(str(folder / "visits.yaml"), Manner())]
    told = io.StringIO()
    with redirect_stdout(told):
        arguments = parsed("--report", str(folder / "report"), "--home", str(home), "--baseline", "save", "--json")
        code = command.conclude(runs, arguments, folder / "baseline.yaml")
    return Bench(runs, folder / "baseline.yaml", code, told.getvalue(), folder / "report", home)


def parsed(*arguments: str) -> argparse.Namespace:
    found = build_parser().parse_args(["eval", *arguments])
    found.home, found.profile = getattr(found, "home", None), getattr(found, "profile", None)
    return found


def test_answers_of_a_running_platform_are_marked(bench: Bench) -> None:
    (found,) = json.loads(bench.out)["sets"]
    assert (bench.code, found["name"], found["questions"]) == (0, "visits", 4)
    assert found["verdicts"]["answerable"] == {"right": 2, "wrong": 1, "clarified": 0, "declined": 0, "failed": 0}
    assert found["rates"]["unanswerable_declined"]["count"] == 1
    assert found["rungs"]["semantic_query"]["total"] == 3
    (failure,) = found["failures"]
    assert (failure["question"]["text"], failure["found"]) == ("What is the total fee?", [[120]])
    assert "fee" in failure["sql"]


def test_the_report_stands_in_the_folder(bench: Bench) -> None:
    assert sorted(path.name for path in bench.report.iterdir()) == [
        "evaluation.html",
        "evaluation.json",
        "failures.txt",
    ]
    assert "What is the total fee?" in (bench.report / "evaluation.html").read_text(encoding="utf-8")
    assert (bench.report / "evaluation.json").read_text(encoding="utf-8") == bench.out.rstrip("\n")


def test_the_history_holds_the_run_and_each_question_once(bench: Bench) -> None:
    with open_platform(home=bench.home, kind="test", demo=False) as platform:
        history = EvaluationHistory(platform.warehouse)
        (first,) = history.runs()
        assert (first["set_name"], first["questions"], first["right_answers"]) == ("visits", 4, 2)
        assert first["answer_precision"] == pytest.approx(2 / 3)
        history.record(bench.runs)
        assert len(history.runs()) == 2
        asked = platform.warehouse.query("SELECT question FROM main.aiops.golden_questions", principal=PLATFORM)
        assert asked.num_rows == 4


def test_a_rise_of_wrong_answers_fails_the_command(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    better = bench.baseline.with_name("better.yaml")
    better.write_text(bench.baseline.read_text(encoding="utf-8").replace("wrong: 1", "wrong: 0"), encoding="utf-8")
    assert command.conclude(bench.runs, parsed("--baseline", "check"), better) == 1
    assert "visits: regression, right 2 -> 2, wrong 0 -> 1." in capsys.readouterr().out


def test_the_same_figures_as_the_baseline_pass_and_none_do_not(bench: Bench, tmp_path: Path) -> None:
    assert command.conclude(bench.runs, parsed("--baseline", "check"), bench.baseline) == 0
    assert command.conclude(bench.runs, parsed("--baseline", "check"), tmp_path / "none.yaml") == 1


def test_a_folder_that_cannot_hold_the_report_is_told(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EvaluationError, match="The report cannot be written"):
        command.conclude(bench.runs, parsed("--report", str(tmp_path / "file" / "report")), bench.baseline)


@pytest.mark.parametrize("name", ["northwind", "defog"])
def test_a_set_whose_data_is_not_there_says_how_to_name_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=f"The data of {name}.* is not there") as caught:
        evaluate(name, Manner(data=tmp_path))
    assert "--data DIR" in caught.value.next_step
    assert available(tmp_path) == ("demo", "clinic")


def test_a_set_that_does_not_exist_is_told() -> None:
    with pytest.raises(EvaluationError, match="There is no set of questions nothing"):
        command.run(parsed("--set", "nothing"))
