"""Takes a command apart: what is asked for, whether it should be saved and where, and whether the SQL is given."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.planning.code_words import code_words, other_language
from agents.planning.written import Language, questioned_code, written_code, written_statement

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
_REFERS_BACK = re.compile(
    r"(?:it|that|this|them|(?:the|this|that)\s+(?:query|statement|sql|result|answer|last\s+one))", re.I
)


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
    code = shown_code(text) or written_code(text)
    if code is not None:
        return Command(question="", language=code[1], statement=code[0])
    statement = written_statement(text)
    if statement is not None:
        return Command(question="", statement=statement)
    if other_language(text) is not None:
        return Command(question=text)
    words = code_words(text)
    rest, save_as = _saving(text if words is None else words.rest)
    language: Language = "sql" if words is None else words.language
    lead = _LEAD.match(rest) if words is None else None
    if lead is not None:
        rest, language = rest[lead.end() :], _language(lead["language"] or lead["also"])
    rest = rest.strip(" .,:;")
    refers_back = not rest or _REFERS_BACK.fullmatch(rest) is not None
    return Command(question="" if refers_back else rest, language=language, save_as=save_as)


def shown_code(text: str) -> tuple[str, Language] | None:
    """(code, a language) where it is to be explained or written in that language, and not to be run."""
    questioned = questioned_code(text)
    if questioned is not None and questioned[1] == "sql":
        around = text.replace(questioned[0], " ")
        named = re.search(r"\b(?P<language>pyspark|python|pandas)\b", around, re.IGNORECASE)
        return questioned[0], _language(named["language"] if named else None)
    words = code_words(text) if questioned is None and written_code(text) is None else None
    statement = written_statement(words.rest) if words is not None else None
    return questioned if words is None or statement is None else (statement, words.language)


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


def slug(text: str, limit: int = 60) -> str:
    """A table name from words: lower case, digits and underscores, never empty and never starting with a digit."""
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:limit].strip("_")
    if not words:
        return "result"
    return words if words[0].isalpha() else f"t_{words}"
