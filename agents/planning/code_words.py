"""A request to have code written: in which language, and the words that say what the code does.

'Write pandas code to clean customers', 'pyspark for sales by region', 'dedupe customers in pandas', 'write a script
that joins orders with customers': the same request in the words that people have for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.planning.written import Language, written_statement
from core.coding import parse_asked

_POLITE = (
    r"^\s*(?:(?:please|hi|hello|hey)[,\s]+)?(?:(?:can|could|would|will)\s+you\s+(?:please\s+)?"
    r"|(?:i|we)\s+(?:need|want|would\s+like)\s+(?:you\s+to\s+)?|i'?d\s+like\s+|help\s+me\s+(?:to\s+)?|let\s+us\s+|let's\s+)?"
)
_VERB = r"(?:generate|write|draft|create|compose|build|give\s+me|show\s+me|make|develop|produce|provide)"
_LANGUAGE = (
    r"(?P<language>pyspark|spark\s+sql|spark(?=\s+(?:code|job|script|notebook|to|for|that)\b)"
    r"|python(?:[\s(]+(?:with\s+)?pandas\b\)?)?|pandas|sql)\b"
)
_NOUN = (
    r"(?:code|scripts?|quer(?:y|ies)|statements?|jobs?|notebooks?|pipelines?|programs?|functions?|snippets?"
    r"|dataframes?)"
)
_ARTICLE = r"(?:(?:a|an|the|some|this|me|us|another|small|simple|short|quick)\s+){0,3}"
_TOWARDS = (
    r"(?:(?:that|which)\s+(?:finds?|shows?|lists?|counts?|returns?|gives?|gets?|fetche?s?|computes?|calculates?)\b"
    r"|(?:that|which)\b(?=\s+[a-z-]+s\b)"
    r"|to\s+(?:find|show|list|get|return|give|see|fetch|compute|calculate)\b|(?:for|of|to)\b|:)"
)
_PREFIXED = re.compile(
    rf"{_POLITE}(?P<verb>{_VERB})?\s*{_ARTICLE}{_LANGUAGE}(?:\s+(?P<noun>{_NOUN})\b)?"
    r"(?:\s+(?:in|with|using)\s+(?P<also>python|pandas|pyspark)\b)?"
    rf"\s*(?P<towards>{_TOWARDS})?\s*:?\s*(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_NAMELESS = re.compile(
    rf"{_POLITE}{_VERB}\s+{_ARTICLE}{_NOUN}\s*{_TOWARDS}\s*:?\s*(?P<rest>\S.*)$", re.IGNORECASE | re.DOTALL
)
_BY_NAME = r"(?P<language>pyspark|python|pandas)\b(?:\s+(?:code|script|dataframes?))?"
_SUFFIXED = re.compile(
    rf"^(?P<rest>.*\S)\s+(?:in|with|using|via|as)\s+{_BY_NAME}\s*[.?!]*\s*$", re.IGNORECASE | re.DOTALL
)
_WORK = re.compile(
    rf"{_POLITE}(?:how\s+(?:do|would|can|could|should|to)\s+(?:i\s+|we\s+|you\s+)?)?(?:{_VERB}\s+{_ARTICLE})?"
    r"(?P<work>(?:clean|de-?dup|remove\s+dup|drop\s+dup|join|merge|upsert|read|load|expectations|(?:data\s+quality\s+)?checks)"
    r"\w*\b.*|(?:compute|calculate|aggregate|filter|find|get|list|count|sum|group)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_MERGING = re.compile(
    rf"{_POLITE}(?:{_VERB}\s+)?{_ARTICLE}(?:delta\s+)?(?P<work>(?:merge|upsert)\b(?!\s+statement).*)$",
    re.IGNORECASE | re.DOTALL,
)
_MERGE_OF = re.compile(r"^(merge|upsert)\s+(?:statement\s+)?(?:for|of|from)\s+", re.IGNORECASE)
_WISH = re.compile(r"^(?:find|get|fetch|compute|calculate|aggregate)\s+(?=\S)", re.IGNORECASE)
_ROWS = re.compile(r"^(?:filter|select)s?\s+(?=\S)", re.IGNORECASE)
_OTHERS = re.compile(
    rf"{_POLITE}{_VERB}\s*{_ARTICLE}(?P<language>scala|r|java|javascript|typescript|julia|c#|c\+\+|go|rust|kotlin|bash|powershell"
    r"|perl|ruby|php|sas|matlab|vba|polars|dbt|stored\s+procedures?)(?=\s|$)"
    rf"(?:\s+(?:{_NOUN}|models?)\b\s*(?:{_TOWARDS})?|\s*{_TOWARDS})\s*(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class CodeWords:
    """`rest` is what the code does, in the person's words."""

    language: Language
    rest: str


def code_words(text: str) -> CodeWords | None:
    """What is to be written, in which language; None where the request is for something else.

    Code that is described as work on a table, without a language, is PySpark; a question is SQL.
    """
    prefixed = _PREFIXED.match(text)
    if prefixed is not None and _asks(prefixed):
        return CodeWords(_language(prefixed["also"] or prefixed["language"]), _work(prefixed["rest"]))
    suffixed = _SUFFIXED.match(text)
    worked = _WORK.match(suffixed["rest"]) if suffixed is not None else None
    if suffixed is not None and worked is not None:
        return CodeWords(_language(suffixed["language"]), _work(worked["work"]))
    for found in (_NAMELESS.match(text), _MERGING.match(text)):
        rest = _work(found.groupdict().get("rest") or found.groupdict().get("work") or "") if found else ""
        if parse_asked(rest) is not None:
            return CodeWords("pyspark", rest)
    return None


def other_language(text: str) -> tuple[str, str] | None:
    """(a language that is not written here, what was wanted in it); None where no such language is asked for."""
    found = _OTHERS.match(text)
    if found is None:
        return None
    named = "stored procedures" if found["language"].lower().startswith("stored") else found["language"]
    return named, found["rest"].strip(" .?!")


def _asks(found: re.Match[str]) -> bool:
    """Whether the words around the language ask for code; 'SQL courses per city', 'show me Python courses' do not."""
    if found["towards"] or (found["noun"] and found["verb"]):
        return True
    plainly = (found["verb"] or "").lower() in ("generate", "write", "draft", "compose", "develop", "produce")
    return plainly or parse_asked(_work(found["rest"])) is not None


def _work(rest: str) -> str:
    """The words of the work: 'merge for a into b' is a merge, 'filter orders …' lists them."""
    plain = _MERGE_OF.sub(r"\1 ", rest.strip().rstrip(" .,:;!?"))
    if parse_asked(plain) is not None or written_statement(plain) is not None:
        return plain
    return _WISH.sub("", _ROWS.sub("list ", plain))


def _language(word: str) -> Language:
    named = word.lower()
    if "spark" in named and "sql" not in named:
        return "pyspark"
    return "python" if "python" in named or "pandas" in named else "sql"
