"""What kind of request it is: written rules first, then the nearest centroid of labelled examples, with a margin.

Rules cover the verbs that decide (execute, generate, save as table); the examples of config/mas_config.yaml cover the
rest. Where neither is sure, the intent stays open and the orchestrator asks both sides, then the person.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agents.planning.code_words import code_words, other_language
from agents.planning.command import shown_code
from agents.planning.testing import parse_testing
from agents.planning.written import written_code, written_statement
from core.coding import parse_asked

Vector = NDArray[np.float32]
Embed = Callable[[str], Vector]

DATA, KNOWLEDGE, GENERATE, RUN = "data_question", "knowledge_question", "generate_code", "run_code"
TESTS = "tests"
OPERATIONS = "operations_question"
ORIENTATION = "orientation"
PIPELINE = "full_pipeline"

TABLES_PREFIX = "In the tables: "
DOCUMENTS_PREFIX = "In the documents: "
"""What the two buttons of an ask-back put before the question, so that the second time there is nothing to ask."""

_PIPELINE = re.compile(
    r"^(?:please\s+)?(?:run|start|execute|do|go through)\s+(?:the\s+|a\s+)?"
    r"(?:(?:full|whole|complete|entire)\s+pipeline|pipeline\s+end[- ]to[- ]end)"
    r"\s*(?:for|to find|to get|to|of|with|on)?\s*:?\s+(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
"""'Run the full pipeline for …': documents, code, tests, dry run, approval, run, report."""
_RUN = re.compile(
    r"^(?:please\s+)?(?:execute|run|materiali[sz]e)\b"
    r"|\b(?:save|store|write|persist|materiali[sz]e|put)\b.{0,80}\b(?:to|into|in|as)\b.{0,40}\btable\b"
    r"|\b(?:save|store|write|persist)\b.{0,60}\b(?:to|into|in)\s+(?:the\s+)?sandbox\b",
    re.IGNORECASE | re.DOTALL,
)
_GENERATE = re.compile(
    r"^(?:please\s+)?(?:(?:can|could)\s+you\s+)?"
    r"(?:(?:generate|write|draft|compose)\b.{0,40}?\b(?:sql|query|queries|statement|pyspark|python|code|script)\b"
    r"|(?:create|build|give\s+me|show\s+me|make)\s+(?:me\s+)?(?:(?:a|an|the|some)\s+)?(?:sql\s+|new\s+)?"
    r"(?:query|queries|statement|code|script)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""What is shown may be anything with a code ('show me the zip code of customers'); what is written is code."""
_KNOWLEDGE = re.compile(
    r"\b(?:policy|policies|procedure|runbook|handbook|guideline|guidelines|documentation|defined|definition|mean|means|"
    r"allowed|permitted|eligible|exempt|excluded|covered|refundable|returnable|required|may|must|should|approve|approval|approver|responsible|explain)\b"
    r"|^(?:how\s+(?:do|does|can|should|to|long|is)|why|can\s|could\s|who\s+(?:owns|decides|is|may|can|must|approves))",
    re.IGNORECASE,
)
_DATA = re.compile(
    r"\b(?:top|bottom|most|least|highest|lowest|largest|smallest|average|avg|mean|median|total|sum|count|number of|"
    r"how many|how much|per|by|each|list|show|compare|trend|share|percentage|ratio|between|since|last|this|"
    r"value of|worth of|quantity of|amount of|best|worst|oldest|newest|longest|shortest)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"^(?:how many|how much|count|number of|total|average|avg|sum of|median|top \d+|bottom \d+)\b"
    r"|^(?:the\s+)?(?:value|worth|quantity|share|percentage|percent|proportion|rate) of\b"
    r"|^.*\bhow many(?: \w+){0,3}\s*\??$"
    r"|^how (?:big|large|small|high|low) (?:is|are|was|were) (?:the |our )?(?:average|mean|median|total|typical)\b",
    re.IGNORECASE,
)
"""Asks for a figure: a sentence of a document is no answer to it."""
_LEADER = re.compile(
    r"^(?:(?:at|in|on|for|from|during)\s+)?(?:which|whose)\s+(?:[\w'-]+\s+){1,8}?(?:(?<!do\s)(?<!did\s)(?<!does\s)most|least|fewest|highest|lowest|largest|smallest|biggest|greatest"
    r"|longest|shortest|cheapest|oldest|newest)\b"
    r"|^(?:(?:at|in|on|for|from|during)\s+)?what\s+(?:[\w'-]+\s+){1,4}?(?:has|have|had|gets?|got|makes?|made|sells?|sold|brings?|brought|earns?"
    r"|earned|receives?|received|did|does|do|is|are|was|were)\s+(?:[\w'-]+\s+){0,3}?(?:most|least|fewest|highest|lowest"
    r"|largest|smallest|biggest|greatest|longest|shortest|cheapest|oldest|newest)\b",
    re.IGNORECASE,
)
"""'Which manager has the highest …' compares rows: no sentence of a document does."""
_DOING = re.compile(
    r"^how (?:is|are|was|were|did|do|does)\b.{3,80}\b(?:doing|performing|selling|perform|sell)\b", re.IGNORECASE
)
"""'How is the shop doing' asks for its figures."""
_FOLLOW_UP = re.compile(
    r"^(?:and\b|only\b|just\b|but\b|now\b|instead\b|what about\b|how about\b|same\b|as an?\b|without\b|exclud|also\b"
    r"|top \d+ instead|by \w+|for \w+|in \w+)",
    re.IGNORECASE,
)


_ORIENTATION = re.compile(
    r"\W*(?:(?:hi|hello|hey|help|thanks|thank\s+you|good\s+(?:morning|afternoon|evening)|/help)(?:\s+(?:there|me|please))?"
    r"|(?:so\s+)?(?:what|how)\s+(?:can|do|does|should)\s+(?:you|i|this|it)\s+(?:do|ask|work|help)(?:\s+(?:you|here|me))?"
    r"|who\s+are\s+you|what\s+(?:is|are)\s+(?:this|you))\W*",
    re.IGNORECASE,
)
"""What somebody types who sees the console for the first time; it asks neither tables nor documents."""
_CONTINUES = re.compile(
    r"\s*(?:and|or|but|only|just|same)\s+(?:(?:the\s+same\s+)?(?:by|per|for|in)\s+)?[\w-]+\W*", re.I
)
_CHANGES = re.compile(r"^(?:only\b|instead\b|same\b|as an?\b|top \d+ instead|by \w+)", re.IGNORECASE)
"""Speaks of the rows before and of nothing else."""


@dataclass(frozen=True)
class Intent:
    """The kind of request; `sure` is False where both readings stay open and must be tried."""

    name: str
    sure: bool
    decided_by: Literal["choice", "rule", "examples", "open"]
    question: str
    """The request without what only said what to do with it."""


class IntentClassifier:
    """Rules, then examples. `embed` is None where no embedding model is installed: then only rules decide."""

    def __init__(
        self,
        examples: Mapping[str, Sequence[str]],
        embed: Embed | None,
        *,
        margin: float = 0.04,
        minimum_similarity: float = 0.25,
    ) -> None:
        self._examples = examples
        self._embed = embed
        self._margin = margin
        self._minimum = minimum_similarity
        self._centroids: dict[str, Vector] | None = None
        self._lock = threading.Lock()

    def classify(self, question: str, *, follows_data: bool = False) -> Intent:
        """The intent of a question; a chosen reading wins over rules, rules over examples.

        `follows_data` says that the answer before came from tables: 'only 2025' then means its rows.
        """
        for prefix, name in ((TABLES_PREFIX, DATA), (DOCUMENTS_PREFIX, KNOWLEDGE)):
            if question.startswith(prefix):
                return Intent(name, True, "choice", question.removeprefix(prefix).strip())
        if _ORIENTATION.fullmatch(question):
            return Intent(ORIENTATION, True, "rule", question)
        words = code_words(question)
        if words is not None and words.language != "sql" and parse_asked(words.rest) is not None:
            return Intent(GENERATE, True, "rule", question)  # 'expectations for orders in PySpark' are code, no tests
        if parse_testing(question) is not None:
            return Intent(TESTS, True, "rule", question)
        pipeline = _PIPELINE.match(question)
        if pipeline is not None:
            return Intent(PIPELINE, True, "rule", f"Execute SQL to find {pipeline['rest']}")
        given = bool(written_code(question)) or written_statement(question) is not None
        if shown_code(question) is not None or (words is not None and not given):
            return Intent(GENERATE, True, "rule", question)
        if given or _RUN.search(question):
            return Intent(RUN, True, "rule", question)
        if _GENERATE.search(question) or other_language(question) is not None:
            return Intent(GENERATE, True, "rule", question)
        if follows_data and _FOLLOW_UP.match(question):
            return Intent(DATA, _CHANGES.match(question) is not None, "rule", question)
        if _CONTINUES.fullmatch(question):  # of what is not known any more: no sentence of a document is its answer
            return Intent(DATA, True, "rule", question)
        if _DOING.match(question):
            return Intent(DATA, True, "rule", question)
        knowledge, data = bool(_KNOWLEDGE.search(question)), bool(_DATA.search(question))
        if data and not knowledge and (_FIGURE.match(question) or _LEADER.match(question)):
            return Intent(DATA, True, "rule", question)
        if knowledge != data:
            return Intent(KNOWLEDGE if knowledge else DATA, False, "rule", question)
        return self._by_examples(question)

    @staticmethod
    def of_rows(intent: Intent) -> Intent:
        """The intent of a question that begins with a thing of the tables ('which products are …'): its rows are asked
        for, unless its words are those of rules ('which products may be returned').
        """
        if intent.name not in (DATA, KNOWLEDGE) or intent.sure or _KNOWLEDGE.search(intent.question):
            return intent
        return Intent(DATA, True, "rule", intent.question)

    def _by_examples(self, question: str) -> Intent:
        scores = self._similarities(question)
        if scores:
            (best, first), (_, second) = sorted(scores.items(), key=lambda item: -item[1])[:2]
            if first >= self._minimum and first - second >= self._margin:
                return Intent(best, False, "examples", question)
        return Intent(DATA, False, "open", question)

    def _similarities(self, question: str) -> dict[str, float]:
        """Cosine to the centroid of the two question intents: commands are recognised by their verbs alone."""
        if self._embed is None:
            return {}
        with self._lock:
            if self._centroids is None:
                self._centroids = {name: _centroid(self._embed, self._examples[name]) for name in (DATA, KNOWLEDGE)}
        vector = self._embed(question)
        return {name: float(vector @ centroid) for name, centroid in self._centroids.items()}


def _centroid(embed: Embed, examples: Sequence[str]) -> Vector:
    mean = np.mean([embed(example) for example in examples], axis=0)
    return np.asarray(mean / (np.linalg.norm(mean) or 1.0), dtype=np.float32)
