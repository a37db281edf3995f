"""Takes a request for tests apart: to write them or to run them, of what, and as which file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agents.planning.written import written_code, written_statement

_POLITE = r"^\s*(?:please\s+)?(?:(?:can|could|would)\s+you\s+)?(?:please\s+)?"
_TESTS = (
    r"(?:(?:(?:the|all|my|our|its|some|new|more|a|any|of)\s+){0,3}"
    r"(?:unit|integration|data|quality|validation|regression|pytest|python|sql)?[\s-]*(?:tests?(?:\s+cases?)?|testcases?|validation\s+rules?|(?:data\s+)?quality\s+(?:rules?|checks?|tests?)|expectations))"
)
_WRITE = re.compile(
    _POLITE + r"(?:generate|write|create|draft|make|propose|build|suggest|derive|add)\s+(?:me\s+)?" + _TESTS
    + r"\s+(?:for|of|on|about|against)\b\s*(?P<subject>.*)$",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_RUN = re.compile(
    _POLITE
    + r"(?:re-?run|run|execute|repeat|start)\s+"
    + _TESTS
    + r"\s*(?:(?:for|of|on|against)\b\s*(?P<subject>.*))?$",
    re.IGNORECASE | re.DOTALL,
)
_EXPORT = re.compile(
    _POLITE + r"(?:export|download)\s+" + _TESTS + r"\s*(?:(?:for|of|on)\b\s*(?P<subject>.*?))?$",
    re.IGNORECASE | re.DOTALL,
)
_VALIDATE = re.compile(
    _POLITE + r"(?:validate|(?:check|assess|test)\s+(?:the\s+)?(?:data\s+)?quality\s+(?:of|in)"
    r"|test(?=\s.*\b(?:table|schema|model)\s*\W*$))\s+(?P<subject>.*)$",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
Mode = Literal["generate", "run", "export"]
_PATTERNS: tuple[tuple[re.Pattern[str], Mode], ...] = (
    (_WRITE, "generate"), (_RUN, "run"), (_EXPORT, "export"), (_VALIDATE, "generate"),
)  # fmt: skip
_AS_FILE = re.compile(r"[,;]?\s*\bas\s+(?:an?\s+)?(?P<form>sql|pytest|python)(?:\s+files?)?\s*[.!]?\s*$", re.IGNORECASE)
_ANEW = re.compile(r"[,;]?\s*\b(?:anew|again|afresh|with\s+(?:a\s+)?new\s+baselines?)\s*[.!]?\s*$", re.IGNORECASE)
_FILLING = re.compile(
    r"^(?:(?:the|this|that|my|our|all|table|schema|data|in|of|semantic|model|statement|query|sql)\b[\s:]*)+",
    re.IGNORECASE,
)
_MODEL = re.compile(r"\bmodel\s*[.!?]*\s*$|^\s*(?:the\s+)?(?:semantic\s+)?model\b", re.IGNORECASE)
_KIND_AFTER = re.compile(r"\s+(?:tables?|schema|data|model|view)$", re.IGNORECASE)


@dataclass(frozen=True)
class TestCommand:
    """`subject` is what the person named ('model sales' where they said so), '' for everything there is; `statement` is
    SQL that stands in the request.
    """

    __test__ = False

    mode: Mode
    subject: str = ""
    statement: str | None = None
    renew: bool = False
    export: Literal["pytest", "sql"] = "pytest"


def parse_testing(text: str) -> TestCommand | None:
    """'Generate tests for the orders table', 'Run the tests of main.demo', 'Validate customers'; None for the rest."""
    for pattern, mode in _PATTERNS:
        found = pattern.match(text)
        if found:
            return _command(mode, found["subject"] or "")
    return None


def _command(mode: Mode, subject: str) -> TestCommand:
    if written_code(subject) is not None:
        return TestCommand(mode, subject)
    statement = written_statement(subject)
    if statement is not None:
        return TestCommand(mode, statement=statement)
    form = _AS_FILE.search(subject)
    subject = _AS_FILE.sub("", subject)
    renew = _ANEW.search(subject) is not None
    export: Literal["pytest", "sql"] = "sql" if form and form["form"].lower() == "sql" else "pytest"
    plain = _ANEW.sub("", subject)
    name = named(plain)
    of_model = name and _MODEL.search(plain) is not None  # a table of that name is not meant
    return TestCommand(mode, f"model {name}" if of_model else name, renew=renew, export=export)


def named(subject: str) -> str:
    """What a person called something, without the words around the name; a quoted name keeps all of its words."""
    text = subject.strip().strip(".!?;:,").strip()
    bare = _KIND_AFTER.sub("", _FILLING.sub("", text)).strip()
    return (bare or ("" if _FILLING.fullmatch(text) else text)).strip("\"'")
