"""Fields that are no conditions: columns to show of each thing, and the date by which things are counted."""

from __future__ import annotations

import re

from core.semantic.match import productions as make
from core.semantic.match.items import Item
from core.semantic.match.reading import Reading
from core.semantic.match.words import BEGUN


def columns(items: list[Item]) -> list[Item]:
    """'list vets with specialty and hire date': what to show of each; one field alone could be a condition."""
    letters = "".join(item.letter for item in items)
    match = re.search(r"^L+E(w)(F(?:a+F)*)(?![Fhbc])", letters)
    if match is None or items[0].payload != "list" or any(item.letter in "XMBIS" for item in items):
        return items
    at = match.start(1)
    theirs = items[at + 1].before.split()[-1:] in (["their"], ["its"]) or items[at].text.lower() in _THEIR
    if match.group(2).count("F") < 2 and not theirs:
        return items
    shown = [make.made("x", make.field_ref(item), item) for item in items[at + 1 : match.end(2)] if item.letter == "F"]
    return [*items[:at], *shown, *items[match.end(2) :]]


_THEIR = ("with their", "with its", "and their", "and its")


def dated_by_verb(items: list[Item], reading: Reading) -> list[Item]:
    """'work orders closed per month': the months are those of closing."""
    letters = "".join(item.letter for item in items)
    match = re.search(r"(?<=[EXM])F(?=B?G)", letters)
    if match is None or not items[match.start()].text.lower().endswith(("ed", "en", "ld")):
        return items
    ref = make.only(make.field_ref(items[match.start()]), *make.TIMES)
    if ref is None or reading.dated is not None:
        return items
    reading.dated = ref
    reading.done = items[match.start()].text.lower() not in BEGUN
    return [*items[: match.start()], *items[match.end() :]]


_COUNTED = ("counted by", "measured by", "based on", "according to", "going by", "depending on")


def by_date(items: list[Item], reading: Reading) -> list[Item]:
    """'… per month, by check-in date': beside another group or unit of time, the date is what they speak of."""
    if len(items) < 2 or items[-1].letter != "F" or items[-2].letter != "B":
        return items
    ref = make.field_ref(items[-1])
    timed = any(item.letter in "TG" for item in items[:-2])
    others = items[-2].text.lower() in _COUNTED or any(item.letter in "BG" for item in items[:-2])
    if not timed or not others or any(concept.type not in make.TIMES for concept, _ in ref.candidates):
        return items
    reading.dated = ref
    return items[:-2]
