"""Orders: 'top 5 … by …', 'sorted by … descending'; superlatives are read in superlatives.py."""

from __future__ import annotations

import re

from core.semantic.match import productions as make
from core.semantic.match.direction import told_direction
from core.semantic.match.items import Item
from core.semantic.match.order_keys import order_by, row_count
from core.semantic.match.reading import OrderSpec, Reading, Unparsed
from core.semantic.match.superlatives import order_superlative
from core.semantic.names import lemma

DEFAULT_TOP = 10


def orders(items: list[Item], reading: Reading) -> list[Item]:
    """Replace sort cues, 'top n' and superlatives by orders (Y), or by numbers where they are asked for as such."""
    items = _explicit(items)
    items = _top(items, reading)
    for _ in range(4):
        at = next((index for index, item in enumerate(items) if item.letter == "S"), None)
        if at is None:
            return items
        items = order_superlative(items, at, reading)
    raise Unparsed(next(item.text for item in items if item.letter == "S"))


def _explicit(items: list[Item]) -> list[Item]:
    """'ordered by the number of orders descending', 'alphabetically'."""
    letters = "".join(item.letter for item in items)
    match = re.search(r"a?[h]?O[oibB]*([FXMEG])([oi]e|[oi]E)?(i?D)?", letters)
    if match is None:
        return _direction_only(items)
    key = items[match.start(1)]
    cue = next(item for item in items[match.start() : match.end()] if item.letter == "O")
    usual = "desc" if cue.payload == "ranked" and _is_number(key) else "asc"
    direction = items[match.end() - 1].payload if match.group(3) else usual
    made = make.made("Y", order_by(key, direction == "desc"), key)
    rest = items[match.end() :]
    return [*items[: match.start()], made, *rest]


def _is_number(key: Item) -> bool:
    """'ranked by sales' puts the highest first, 'ranked by name' begins with A."""
    return key.letter in "XM" or (key.letter == "F" and make.only(make.field_ref(key), *make.NUMERIC) is not None)


def _direction_only(items: list[Item]) -> list[Item]:
    for index, item in enumerate(items):
        if item.letter != "D":
            continue
        before = [i for i in items[:index] if i.letter == "O"]
        if len(before) > 0:
            raise Unparsed(item.text)
        spec = OrderSpec(descending=item.payload == "desc", first=item.payload == "alpha")
        following = items[index + 1 :]
        skip = 0
        while skip < len(following) and following[skip].letter in "oiB":
            skip += 1
        if skip < len(following) and following[skip].letter in "FXM" and item.payload != "alpha":
            spec = order_by(following[skip], item.payload == "desc")
            following = following[skip + 1 :]
        elif not spec.first:
            spec = told_direction(item, items) or spec
        return [*items[:index], make.made("Y", spec, item), *following]
    return items


def _top(items: list[Item], reading: Reading) -> list[Item]:
    """'top 10 customers by sales': the number after 'by' (or 'with the highest') orders."""
    at = next((index for index, item in enumerate(items) if item.letter == "K"), None)
    if at is None:
        return items
    descending = bool(items[at].payload)
    cut = at + 1
    limit = None
    if cut < len(items) and items[cut].letter == "N":
        limit, cut = row_count(items[cut]), cut + 1
    rest = items[cut:]
    places = [i for i, item in enumerate(rest[:-1]) if item.letter in "Boi" and rest[i + 1].letter in "XMF"]
    by = next((i for i in places if _orders_by(rest, i)), None)
    named = [i for i in rest if i.letter in "EFG"]
    if limit is not None and not rest:
        reading.limit = limit
        return _first_of_all(items[:at], descending, items[at])
    superlative = any(item.letter in "SY" for item in rest)
    usual = 1 if named and _singular(named[0]) else DEFAULT_TOP
    ranked = items[at].text.lower().startswith("rank")
    reading.limit = limit if limit is not None else (None if superlative or ranked else usual)
    if limit is None and not superlative and not ranked:
        reading.notes.append(f"top {usual}")
    if superlative:
        return items[:at] + rest
    if by is not None and any(item is not rest[by + 1] for item in named):
        key = rest[by + 1]
        tail = rest[by + 2 :]
        return [*items[:at], *rest[:by], make.made("Y", order_by(key, descending), key), *tail]
    number = next((i for i, item in enumerate(rest) if item.letter in "XM"), None)
    if number is not None and named:
        return [
            *items[:at],
            *rest[:number],
            make.made("Y", order_by(rest[number], descending), rest[number]),
            *rest[number + 1 :],
        ]
    raise Unparsed(items[at].text)


def _first_of_all(before: list[Item], descending: bool, cue: Item) -> list[Item]:
    """'sales by region, top 5': the one number of what stands before it ranks; alone it changes the question before."""
    while before and before[-1].letter in "a|":
        before = before[:-1]
    if sum(item.letter in "XM" for item in before) != 1 or any(item.letter in "SYO" for item in before):
        return before
    return [*before, make.made("Y", OrderSpec(descending), cue)]


def _singular(item: Item) -> bool:
    """'the best selling subcategory' is one."""
    word = item.text.lower().split()[-1]
    return lemma(word) == word


def _orders_by(rest: list[Item], by: int) -> bool:
    key = rest[by + 1]
    if key.letter in "XM":
        return True
    return rest[by].letter == "B" and make.only(make.field_ref(key), *make.NUMERIC, *make.TIMES) is not None
