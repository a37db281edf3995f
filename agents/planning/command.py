"""Takes a command apart: what is asked for, whether it should be saved and where, and whether the SQL is given."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["sql", "python", "pyspark"]

_NAME = r"[A-Za-z_`][\w`]*(?:\.[A-Za-z_`][\w`]*){0,2}"
_SAVE = re.compile(
    r"[,;]?\s*(?:\band\s+(?:then\s+)?)?\b(?:save|store|write|persist|materiali[sz]e|put)\b"
    r"(?:\s+(?:it|them|this|that|the\s+(?:results?|output|answer|rows)))?"
    r"\s+(?:(?:to|into|in|as)\b\s*)?"
    r"(?:(?:a|the|my)\s+)?(?:new\s+)?(?:delta\s+)?(?:table\b|sandbox\b)\s*(?:(?:named|called)\s+)?"
    rf"(?P<name>{_NAME})?\s*[.!]?\s*$",
    re.IGNORECASE,
)
_SAVE_QUALIFIED = re.compile(
    r"[,;]?\s*(?:\band\s+(?:then\s+)?)?\b(?:save|store|write|persist|materiali[sz]e|put)\b"
    r"(?:\s+(?:it|them|this|that|the\s+(?:results?|output|answer|rows)))?"
    rf"\s+(?:to|into|in|as)\s+(?P<name>{_NAME}\.[\w`.]+)\s*[.!]?\s*$",
    re.IGNORECASE,
)
_SAVE_FIRST = re.compile(
    r"^\s*(?:please\s+)?(?:save|store|write|persist|materiali[sz]e|put)\s+(?P<question>.+?)\s+(?:to|into|in|as)\s+"
    r"(?:(?:a|the|my)\s+)?(?:new\s+)?(?:delta\s+)?(?:table|sandbox)\b\s*(?:(?:named|called)\s+)?"
    rf"(?P<name>{_NAME})?\s*[.!]?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_LEAD = re.compile(
    r"^\s*(?:please\s+)?(?:(?:can|could)\s+you\s+)?"
    r"(?:generate|write|draft|create|compose|build|make|give\s+me|show\s+me|execute|run|materiali[sz]e)\b\s*"
    r"(?:me\s+)?(?:a|an|the|some|this)?\s*"
    r"(?P<language>sql|pyspark|python(?:[\s(]+pandas\b\)?)?|pandas\b|spark\s+sql)?\s*"
    r"(?:query|queries|statement|code|script)?\s*"
    r"(?:(?:in|with|using)\s+(?P<also>python|pandas|pyspark)\b\s*)?"
    r"(?:(?:that|which)\s+(?:finds?|shows?|lists?|counts?|computes?|calculates?|returns?|gives?|gets?)\b"
    r"|(?:that|which)\b(?=\s+[a-z-]+s\b)"
    r"|to\s+(?:find|show|list|get|compute|calculate|return|give|see)\b|(?:for|of)\b|to\b)?\s*:?\s*",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\s*(?:please\s+)?(?P<language>pyspark|python|pandas)\s+(?:(?:code|script)\s+)?(?:to|for|that)\s+", re.I
)
_STATEMENT = re.compile(
    r"(?:^|[:\s])(?P<sql>(?:select|with|insert\s+into|update|delete\s+from|merge\s+into|create\s+(?:or\s+replace\s+)?"
    r"(?:table|view|schema)|drop\s+(?:table|view|schema)|truncate\s+table|alter\s+table)\b.+)$",
    re.IGNORECASE | re.DOTALL,
)
_QUERY_SHAPE = re.compile(r"\bselect\b.+\bfrom\b|\bselect\s+[\d'*(]", re.IGNORECASE | re.DOTALL)
_REFERS_BACK = re.compile(
    r"(?:it|that|this|them|(?:the|this|that)\s+(?:query|statement|sql|result|answer|last\s+one))", re.I
)
_FENCE = re.compile(r"```(?P<tag>sql|python|pyspark|py)?[ \t]*\n?(?P<code>.*?)```", re.IGNORECASE | re.DOTALL)
_CODE_AFTER = re.compile(
    r"^\s*(?:please\s+)?(?:execute|run)\s+(?:this\s+|the\s+following\s+)?(?P<tag>pyspark|python|py)\b"
    r"(?:\s+(?:code|script))?\s*:\s*(?P<code>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_SPARK = re.compile(r"\b(?:spark\s*\.|pyspark\b|DeltaTable\b)")


@dataclass(frozen=True)
class Command:
    """`question` is what remains to be understood, '' where it refers to the answer before ("run that again");
    `statement` is SQL that the person wrote; `save_as` '' means: derive a name.
    """

    question: str
    language: Language = "sql"
    statement: str | None = None
    save_as: str | None = None


def parse_command(text: str) -> Command:
    """Take apart 'Execute SQL to find X and save to table Y' and its kin."""
    code = written_code(text)
    if code is not None:
        return Command(question="", language=code[1], statement=code[0])
    statement = written_statement(text)
    if statement is not None:
        return Command(question="", statement=statement)
    rest, save_as = _saving(text)
    lead = _LEAD.match(rest) or _BARE.match(rest)
    language: Language = "sql"
    if lead:
        language = _language(lead["language"] or lead.groupdict().get("also"))
        rest = rest[lead.end() :]
    rest = rest.strip(" .,:;")
    refers_back = not rest or _REFERS_BACK.fullmatch(rest) is not None
    return Command(question="" if refers_back else rest, language=language, save_as=save_as)


def _saving(text: str) -> tuple[str, str | None]:
    for pattern in (_SAVE_QUALIFIED, _SAVE):
        found = pattern.search(text)
        if found and found.start() > 0:
            return text[: found.start()], _plain(found.group("name"))
    first = _SAVE_FIRST.match(text)
    if first:
        return first.group("question"), _plain(first.group("name"))
    return text, None


def _plain(name: str | None) -> str:
    return (name or "").replace("`", "")


def _language(word: str | None) -> Language:
    match (word or "").lower():
        case "pyspark":
            return "pyspark"
        case named if "python" in named or named == "pandas":
            return "python"
        case _:
            return "sql"


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
    """The SQL that stands in the request itself, fenced or after a colon; None when it is described in words."""
    fenced = _FENCE.search(text)
    if fenced:
        return fenced.group("code").strip()
    found = _STATEMENT.search(text)
    if not found:
        return None
    sql = found.group("sql").strip()
    opens = sql.split(None, 1)[0].lower()
    if opens in {"select", "with"}:
        return sql if _QUERY_SHAPE.search(sql) else None
    shaped = {"insert": r"\b(?:values|select)\b", "update": r"\bset\b", "merge": r"\bwhen\b", "create": r"\bas\b|\("}
    return sql if re.search(shaped.get(opens, r"\S"), sql, re.IGNORECASE) else None


def slug(text: str, limit: int = 60) -> str:
    """A table name from words: lower case, digits and underscores, never empty and never starting with a digit."""
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:limit].strip("_")
    if not words:
        return "result"
    return words if words[0].isalpha() else f"t_{words}"
