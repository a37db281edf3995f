"""The SQL or Python that stands in a request itself, told apart from words that only look like it."""

from __future__ import annotations

import ast
import re
from typing import Literal

Language = Literal["sql", "python", "pyspark"]

_PART = r"(?:`[^`]+`|[A-Za-z_]\w*)"
_NAME = rf"{_PART}(?:\.{_PART}){{0,2}}"
_DOTTED = rf"{_PART}(?:\.{_PART}){{1,2}}"
_OPENERS = (
    r"select", r"with", r"insert\s+into", r"update", r"delete\s+from", r"merge\s+into",
    r"create\s+(?:or\s+replace\s+)?(?:table|view|schema)", r"drop\s+(?:table|view|schema)", r"truncate\s+table",
    r"alter\s+(?:table|view|schema)", r"explain", r"show", r"describe", r"desc", r"grant", r"revoke", r"copy\s+into",
    r"optimize", r"vacuum",
)  # fmt: skip
_OPENS = re.compile(rf"(?:^|(?<=[:;\s]))(?P<sql>(?P<opener>{'|'.join(_OPENERS)})\b.*)$", re.IGNORECASE | re.DOTALL)
_SHAPES = {
    "select": r"select\b.+\bfrom\b|select\s+(?:[\d'*(]|\w+\()",
    "with": rf"with\s+(?:recursive\s+)?{_PART}\s*(?:\([^)]*\)\s*)?as\s*\(.*\bselect\b",
    "insert": r".*\b(?:values|select)\b",
    "update": rf"update\s+{_NAME}(?:\s+(?:as\s+)?{_PART})?\s+set\s",
    "merge": r".*\bwhen\b",
    "create": r".*(?:\bas\b|\()",
    "explain": r"explain\s+(?:(?:extended|formatted|codegen|cost)\s+)?(?:select|with|insert|update|delete|merge)\b",
    "show": rf"show\s+(?:tables|schemas|columns|views)\s+(?:in|from)\s+{_DOTTED}\s*;?\s*$|(?-i:SHOW\s+[A-Z])"
            rf"|show\s+create\s+table\s+{_NAME}\s*;?\s*$",
    "describe": rf"desc(?:ribe)?\s+(?:(?:table|extended|formatted|detail|history|schema)\s+){{0,2}}{_DOTTED}\s*;?\s*$"
                rf"|desc(?:ribe)?\s+table\s+{_NAME}\s*;?\s*$",
    "grant": r"grant\s.+\son\s.+\sto\s",
    "revoke": r"revoke\s.+\son\s.+\sfrom\s",
    "optimize": rf"optimize\s+{_DOTTED}",
    "vacuum": rf"vacuum\s+{_DOTTED}",
}  # fmt: skip
_SHAPES["desc"] = _SHAPES["describe"]
_PROSE = re.compile(
    r"select\s+(?:the|all|every|each|our|my|those|only|any|some|most)\s+[^*,(]*?\bfrom\b", re.IGNORECASE
)
"""'select all customers from Bern' is a wish; nobody's column is called 'the'."""
_LEADS = re.compile(
    r"\b(?:run|execute|sql|quer(?:y|ies)|statements?|code|explain|check|prepare|tests?|this|following)\b", re.IGNORECASE
)
"""What announces a statement that is written in small letters in the middle of a sentence."""
_ABOUT = re.compile(
    r"^\s*(?:please\s+)?(?:(?:can|could|would)\s+you\s+)?(?:please\s+)?"
    r"(?:explain|describe|review|check|verify|understand|what\s+(?:does|is|do)|how\s+does|why|is|are|translate|convert|rewrite"
    r"|port|do\s+not|don'?t|never|show\s+me\s+what)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:do(?:es)?|mean|return|compute|valid|correct|ok(?:ay)?|right|(?:in)?to\s+\w+|in\s+\w+)\s*\?*\s*$"
    r"|\s*\?\s*$",
    re.IGNORECASE,
)
"""What follows the statement in 'what does SELECT … do?'."""
_FENCE = re.compile(r"```(?P<tag>sql|python|pyspark|py)?[ \t]*\n?(?P<code>.*?)```", re.IGNORECASE | re.DOTALL)
_CODE_AFTER = re.compile(
    r"^\s*(?:please\s+)?(?:execute|run)\s+(?:this\s+|the\s+following\s+)?(?P<tag>pyspark|python|py)\b"
    r"(?:\s+(?:code|script))?\s*:\s*(?P<code>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_SPARK = re.compile(r"\b(?:spark\s*\.|pyspark\b|DeltaTable\b)")


def written_code(text: str) -> tuple[str, Language] | None:
    """The Python that stands in the request itself: in a fence that says so, or after 'run this Python:'."""
    found = _FENCE.search(text) or _CODE_AFTER.match(text)
    if found is None:
        return None
    tag, code = (found.group("tag") or "").lower(), found.group("code").strip()
    if tag == "sql" or (not tag and not _reads_as_python(code)):
        return None
    return code, "pyspark" if tag == "pyspark" or _SPARK.search(code) else "python"


def _reads_as_python(code: str) -> bool:
    """Whether untagged code is Python and could not be SQL: it parses, and it does more than name things."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call) for node in body)


def written_statement(text: str) -> str | None:
    """The SQL that stands in the request itself: fenced, at its start, after a colon, or further on where it is in
    capitals or announced. None when it is described in words.
    """
    fenced = _FENCE.search(text)
    if fenced:
        return fenced.group("code").strip()
    start = 0
    while (found := _OPENS.search(text, start)) is not None:
        if _stands_apart(text, found) and _is_shaped(found.group("sql"), found.group("opener")):
            return found.group("sql").strip()
        start = found.end("opener")
    return None


def questioned_code(text: str) -> tuple[str, Language] | None:
    """The code of a request that is about it ('what does SELECT … do?', 'do not run …'); None where it is given to be
    run, or where there is none.
    """
    code = written_code(text)
    statement = written_statement(text) if code is None else code[0]
    if statement is None or text.lstrip().startswith(statement) or not _ABOUT.match(text):
        return None
    if code is not None:
        return code
    return (statement if "```" in text else _TAIL.sub("", statement)), "sql"


def _stands_apart(text: str, found: re.Match[str]) -> bool:
    before, opener = text[: found.start("sql")].rstrip(" "), found.group("opener")
    return not before.strip() or before[-1] in ":;\n" or opener.isupper() or _LEADS.search(before) is not None


def _is_shaped(sql: str, opener: str) -> bool:
    """Whether what follows the first word goes on as SQL does."""
    word = opener.split(None, 1)[0].lower()
    if word == "select" and _PROSE.match(sql):
        return False
    return re.match(_SHAPES.get(word, ".*"), sql, re.IGNORECASE | re.DOTALL) is not None
