"""How good the answers are: sets of questions with known answers, marks, figures with intervals, a page, a baseline."""

from core.evaluation.baseline import Reached, Standing, compare, reached
from core.evaluation.gold import GoldQuestion, read_gold
from core.evaluation.history import Evaluated, EvaluationHistory, Failure, KeptRun
from core.evaluation.marking import Mark, mark, same_rows
from core.evaluation.questions import Question, QuestionSet, half_of, merged, question_id, read_set, sample
from core.evaluation.report import as_html, as_json, as_text, failures, parts
from core.evaluation.statistics import Rate, percentile, rate, wilson
from core.evaluation.summary import RATES, Outcome, Summary, outcome, summarize

__all__ = [
    "RATES",
    "Evaluated",
    "EvaluationHistory",
    "Failure",
    "GoldQuestion",
    "KeptRun",
    "Mark",
    "Outcome",
    "Question",
    "QuestionSet",
    "Rate",
    "Reached",
    "Standing",
    "Summary",
    "as_html",
    "as_json",
    "as_text",
    "compare",
    "failures",
    "half_of",
    "mark",
    "merged",
    "outcome",
    "parts",
    "percentile",
    "question_id",
    "rate",
    "reached",
    "read_gold",
    "read_set",
    "same_rows",
    "sample",
    "summarize",
    "wilson",
]
