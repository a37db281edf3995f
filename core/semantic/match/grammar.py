"""Items of one question -> a Reading: productions first, then superlatives and orders, then what is left over.

A word that no production used makes the question unparsed: nothing is silently ignored.
"""

from __future__ import annotations

import re

from core.semantic.match import productions as make
from core.semantic.match import restrictions as restrict
from core.semantic.match.dated import by_date, columns, dated_by_verb
from core.semantic.match.dates import When
from core.semantic.match.items import Item
from core.semantic.match.lexicon import EntityConcept
from core.semantic.match.ordering import orders
from core.semantic.match.productions import Production, rewrite
from core.semantic.match.reading import (
    Condition,
    EntityRef,
    FieldRef,
    GroupSpec,
    Having,
    OrderSpec,
    Reading,
    TermSpec,
    Unparsed,
)
from core.semantic.match.words import PARTIES
from core.semantic.names import lemma, stem


def _rule(pattern: str, action: object) -> Production:
    return Production(re.compile(pattern), action)  # type: ignore[arg-type]


_CONDITIONS = [
    _rule(r"FBV", restrict.done_by),
    _rule(r"[VF]iV", restrict.named_by_verb),
    _rule(r"n?F(?=V*E)", restrict.boolean_field),
    _rule(r"FoE", make.field_of_entity),
    _rule(r"(?<=[AS])EF", make.owned_field),
    _rule(r"(?<=[AS]A)EF", make.owned_field),
    _rule(r"[EF][bhoiw]*[n]?s[oi]?[QVzN]", make.text_test),
    _rule(r"Es(?=[oi]?V)", make.holding),
    _rule(r"n[w]?FZ", make.null_test),
    _rule(r"F[bo]*n?Z", make.null_test),
    _rule(r"ZF", make.null_test),
    _rule(r"F[bwoih]*n?b?[ck][o]?F", make.columns_compared),
    _rule(r"(?<!B)F[biohw]*T", make.year_field),
    _rule(r"F[bwoihd]*n?b?c[o]?Np?(?![EF])", make.compared),
    _rule(r"F[bwoih]*W[o]?NaN(?![EF])", make.compared),
    _rule(r"F[bwoihd]*Np(?![EF])", make.compared),
    _rule(r"n?c[o]?Ni?F", make.compared),
    _rule(r"W[o]?NaNF", make.compared),
    _rule(r"NpF", make.compared),
    _rule(r"(?<![KSRc])NF(?=E)", make.compared),
    _rule(r"(?<![KSRBOoi])FN(?=E)", make.compared),
    _rule(r"(?<![KSR])F[bo]*N(?![EFp])", make.compared),
    _rule(r"F[biohd]*n?[bi]?V(?:[arq]+[bi]?V)*", restrict.field_values),
    _rule(r"(?:V[ar])*VF", restrict.field_values),
    _rule(r"(?:F|E)[bod]+n?Q", restrict.quoted),
    _rule(r"[FE]Q", restrict.quoted),
    _rule(r"E[dbo]*n?[d]?V", restrict.entity_value),
    _rule(r"(?<=C)E[bwhi]+n?cN(?![EFXMp])", make.compared_by_adjective),
    _rule(r"n?[i]?V(?:[arq]+[iw]?V)+", restrict.plain_values),
    _rule(r"n?[i]?V", restrict.plain_values),
]
_NUMBERS = [
    _rule(r"A(?=[|iT]*$)", make.trailing_total),
    _rule(r"C[oi]*U?[oi]?(?:n?[VJ])*[EFM]", make.count_term),
    _rule(r"C[oi]*J(?!J*[EFM])", make.count_rows),
    _rule(r"A[oi]*C[oi]*U?(?:n?[VJ])*E", make.aggregate_term),
    _rule(r"A[oi]*(?:n?[VJ])*X", make.aggregate_count),
    _rule(r"A[oi]*U?(?:n?[VJ])*[EFM]", make.aggregate_term),
    _rule(r"A[oi]*X", make.aggregate_count),
    _rule(r"AG(?:C[oi]*)?[ME]", make.aggregate_each),
]
_TESTS = [
    _rule(r"[XM][bwoih]*n?c[o]?Np?(?!U?[EFXM])", make.compared),
    _rule(r"[XM][bwoih]*W[o]?NaN(?![EFXM])", make.compared),
    _rule(r"n?c[o]?NU?(?:[XEM]|iM)", make.compared),
    _rule(r"M[bwoih]*n?c[o]?M", make.measures_compared),
    _rule(r"W[o]?NaN[XEM]", make.compared),
    _rule(r"Np[XEM]", make.compared),
    _rule(r"E[bwhi]*n?cN(?![EFXMp])", make.compared_by_adjective),
]
_PERIODS = [
    _rule(r"T[MEF]qT", restrict.periods_around),
    _rule(r"T[qc]T", restrict.periods),
    _rule(r"Mq(?=M)", restrict.side_by_side),
    _rule(r"(?<=L)Mw(?=M)", restrict.side_by_side),
]
_FLAGS = [
    _rule(r"(?<=X)w[o]?F(?![bcN])", restrict.some),
    _rule(r"(?<=[EXMe])[hwb]*F(?![bcNiF])", restrict.done),
    _rule(r"n[w]?F", restrict.boolean_field),
    _rule(r"n[w]?F", restrict.absent_field),
    _rule(r"(?<=[EwhbaJ])F(?!o|[iw]*c)", restrict.boolean_field),
]


def parse(items: list[Item]) -> Reading:
    """The reading of one choice of letters; Unparsed names the words that do not fit."""
    reading = Reading(who=bool(items) and items[0].text.lower().split()[:1] in _WHO)
    reading.when = bool(items) and items[0].text.lower().split()[:1] == ["when"]
    reading.which = bool(items) and items[0].text.lower() == "which"
    if reading.who:
        _nobody_acts(items)
    if re.search(r"Go[oi]?G", "".join(item.letter for item in items)):
        raise Unparsed(next(item.text for item in items if item.letter == "G"))
    items = rewrite(items, _PERIODS)
    items = rewrite(items, _CONDITIONS)
    items = rewrite(items, _NUMBERS)
    items = rewrite(items, _TESTS)
    items = orders(items, reading)
    items = by_date(dated_by_verb(columns(items), reading), reading)
    items = rewrite(items, _GROUPS)
    items = rewrite(items, _FLAGS)
    items = rewrite(items, _LINKS)
    _compose(items, reading)
    return reading


_ARTICLES = frozenset(("the", "our", "a", "an", "all", "any", "my", "your", "now", "currently", "us", "me"))
_WHO = (["who"], ["who's"], ["whom"])


def _nobody_acts(items: list[Item]) -> None:
    """'who owns the oldest car' asks for somebody whom no word names; only 'who is', 'who was hired' name them."""
    for item in items[1:]:
        done = [word for word in item.passed if word not in _ARTICLES]
        if done:
            raise Unparsed(f"who {' '.join(done)}")
        if item.letter not in "bhw":
            return


def _passive(items: list[Item]) -> list[Item] | None:
    """'orders placed by customers': 'by' after a participle names who did it, not a group."""
    cue = items[0]
    agents = items[-1].text.lower().split()[-1:]
    many = items[-1].letter not in "Ee" or (bool(agents) and lemma(agents[0]) != agents[0])
    done = cue.before.endswith(("ed", "en", "ten", "ght", "made", "sold", "own"))
    if items[-1].letter in "JV" and cue.text.lower() == "by":
        condition = items[-1].payload
        value = condition.text if isinstance(condition, Condition) and condition.field is None else ""
        if value and not done and stem(lemma(value.lower().split()[-1])) in PARTIES:
            return _of_a_kind(items)
        if isinstance(condition, Condition) and condition.field is not None and not done:
            raise Unparsed(items[-1].text)
        if value.islower() and not done:
            raise Unparsed(items[-1].text)
        return items[1:]
    if many and cue.text.lower() == "by" and done:
        return items[1:]
    return None


def _of_a_kind(items: list[Item]) -> list[Item] | None:
    """'per sales manager': one group for each row of which a column says so."""
    condition = items[1].payload
    if items[0].text.lower() not in ("per", "for each", "for every", "each", "by") or not isinstance(
        condition, Condition
    ):
        return None
    if len(condition.value_refs) != 1 or condition.op != "eq" or condition.field is not None:
        return None
    tables = {concept.field.table for concept, _ in condition.value_refs[0].candidates}
    if len(tables) != 1:
        return None
    entity = EntityRef(EntityConcept(tables.pop(), items[1].text), items[1].at, items[1].text)
    return [make.made("I", GroupSpec(entity=entity, each=True), items[1]), items[1]]


def _agents(items: list[Item]) -> list[Item] | None:
    """'by customers from Spain', 'by VIPs': who did it, or a group; not told from the words."""
    word = items[1].text.lower().split()[-1]
    plural = lemma(word) != word
    flagged = items[1].letter == "F" and make.only(make.field_ref(items[1]), "boolean") is not None
    if items[0].text.lower() == "by" and plural and (flagged or items[-1].letter == "J"):
        raise Unparsed(items[1].text)
    return None


def _compound_group(items: list[Item]) -> list[Item]:
    """'for each business category': the first entity only says whose."""
    return [items[0], *items[2:], make.made("e", make.entity_ref(items[1]), items[1])]


def _either(items: list[Item]) -> list[Item] | None:
    """'Italian or in New York': at least one of two conditions."""
    first, second = items[0].payload, items[-1].payload
    if not isinstance(first, Condition) or not isinstance(second, Condition) or first.when or second.when:
        return None
    return [
        make.made("J", Condition("eq", any_of=[*(first.any_of or [first]), *(second.any_of or [second])]), items[0])
    ]


_GROUPS = [
    _rule(r"B[oi]?EE", _compound_group),
    _rule(r"B[EJHeV]", _passive),
    _rule(r"BJ", _of_a_kind),
    _rule(r"B[EF](?:[iw]*J)?", _agents),
    _rule(r"B[oi]?U?[EFG](?:[ar][Ba]?[EFG](?![oi]?[EF]))*", make.group_list),
]


def _missing(items: list[Item]) -> list[Item]:
    return [make.made("!", make.entity_ref(items[-1]), items[-1])]


def _negated_condition(items: list[Item]) -> list[Item] | None:
    """'not rated above 4': the condition turned round."""
    condition = items[-1].payload
    turned = {"eq": "ne", "gt": "le", "ge": "lt", "lt": "ge", "le": "gt", "in": "not_in"}
    if not isinstance(condition, Condition) or condition.op not in turned or condition.when is not None:
        return None
    condition.op = turned[condition.op]  # type: ignore[assignment]
    return [items[-1]]


_LINKS = [
    _rule(r"J[a]?r[biwhe]*J", _either),
    _rule(r"n[wiob]*E", _missing),
    _rule(r"n[biw]*J", _negated_condition),
]
_CONNECTIVES = frozenset("oiwabhdt|")


def _compose(items: list[Item], reading: Reading) -> None:
    """Give every remaining item its part: subject, number, group, condition, mention."""
    _check_rest(items)
    letters = "".join(item.letter for item in items)
    if "EEE" in letters:
        raise Unparsed(items[0].text)
    subject_open, later = True, False
    previous = ""
    for index, item in enumerate(items):
        letter, payload = item.letter, item.payload
        if letter in "XM" and previous in ("X", "M"):
            raise Unparsed(item.text)  # 'how many customers handled orders': two numbers that nothing connects
        if letter == "X":
            assert isinstance(payload, TermSpec)
            reading.terms.append(payload)
            subject_open = True
        elif letter == "M":
            if previous in "wih" and previous and (reading.terms or reading.targets):
                raise Unparsed(item.text)
            if previous == "a" and reading.targets and _mixed(items, index):
                raise Unparsed(item.text)
            _modified(reading, items, index)
            reading.terms.append(TermSpec("measure", measure=make.measure_ref(item), bare=True))
        elif letter in "EF":
            if letter == "E" and previous == "i" and _state(items[index - 1], item):
                raise Unparsed(item.text)
            if letter == "E" and item.before in ("a", "an") and index and _counts(items[index - 1]):
                raise Unparsed(item.text)  # 'how many bookings a guest'
            ref: FieldRef | EntityRef = make.entity_ref(item) if letter == "E" else make.field_ref(item)
            if isinstance(ref, EntityRef) and _does(items, index):
                reading.mentions.append(ref)
                previous = letter
                continue
            _place(ref, previous, subject_open, later, reading)
        elif letter == "e":
            assert isinstance(payload, EntityRef)
            reading.mentions.append(payload)
        elif letter == "x":
            assert isinstance(payload, FieldRef)
            reading.extras.append(payload)
        elif letter == "G":
            if previous == "a" and not reading.groups:
                raise Unparsed(item.text)
            if payload == "weekday" and previous == "i" and items[index - 1].text.lower() == "on":
                raise Unparsed(item.text)  # 'orders on weekdays' leaves the others out
            _place_grain(item, reading)
        elif letter == "I":
            assert isinstance(payload, GroupSpec)
            reading.groups.append(payload)
        elif letter == "J":
            assert isinstance(payload, Condition)
            reading.conditions.append(payload)
        elif letter == "H":
            assert isinstance(payload, Having)
            reading.having.append(payload)
        elif letter == "T":
            assert isinstance(payload, When)
            reading.times.append(payload)
        elif letter == "Y":
            assert isinstance(payload, OrderSpec)
            reading.orders.append(payload)
        elif letter == "!":
            assert isinstance(payload, EntityRef)
            reading.missing.append(payload)
        else:
            _mark(item, reading)
        if letter in "iwhJHTI" and (reading.targets or reading.terms):
            subject_open = False
        if letter == "|":
            later = subject_open = True
        if letter == "a" and index + 1 < len(items) and items[index + 1].letter in "FXM":
            subject_open = True
        previous = letter


def _counts(item: Item) -> bool:
    return item.letter == "M" or (isinstance(item.payload, TermSpec) and item.payload.entity is not None)


def _mixed(items: list[Item], index: int) -> bool:
    """'customers by city and sales', 'customers and sales by city': for each city, or for each customer?"""
    before = items[index - 2].letter
    return before == "I" or (before == "E" and any(item.letter == "I" for item in items[index:]))


_DOING = ("did", "do", "does", "have", "has")


def _does(items: list[Item], index: int) -> bool:
    """'what did customers in Austria spend': they are whose number it is, nothing is told for each of them."""
    asked = index == 1 and items[0].letter == "L" and items[0].payload == "what"
    return asked and items[1].before in _DOING and any(item.letter == "M" for item in items[2:])


def _modified(reading: Reading, items: list[Item], index: int) -> None:
    """'customer signups': one thing right before a number only says whose number it is."""
    before = items[index - 1] if index else None
    if before is not None and before.letter == "F" and before.text.lower().endswith("ed"):
        raise Unparsed(before.text)  # 'discounted sales' are no sales by discount
    if before is None or before.letter != "E" or not reading.targets or items[index].before:
        return
    word = before.text.lower().split()[-1]
    last = reading.targets[-1]
    if lemma(word) == word and isinstance(last, EntityRef) and last.at == before.at:
        reading.mentions.append(last)
        reading.targets.pop()


def _mark(item: Item, reading: Reading) -> None:
    """What single words say of the whole question: 'list', 'compare', 'different', 'both'."""
    reading.distinct |= item.letter == "U"
    reading.both |= item.letter == "t"
    reading.listing |= item.letter == "L" and item.payload == "list"
    reading.compared |= item.letter == "L" and item.payload == "compare"


def _state(preposition: Item, thing: Item) -> bool:
    """'employees on leave' are in a state; they are not those that some record of it names."""
    word = thing.text.lower().split()[-1]
    return preposition.text.lower() == "on" and lemma(word) == word and not thing.before


def _check_rest(items: list[Item]) -> None:
    allowed = _CONNECTIVES | frozenset("LXMEFexGIJHTY!U")
    rest = [item.text for item in items if item.letter not in allowed]
    if rest:
        raise Unparsed(", ".join(rest))


def _place(ref: FieldRef | EntityRef, previous: str, subject_open: bool, later: bool, reading: Reading) -> None:
    """A subject while the subject part is open; afterwards an entity is only a link, a field does not fit."""
    if later and isinstance(ref, FieldRef) and subject_open:
        reading.extras.append(ref)
    elif isinstance(ref, EntityRef):
        joined = previous == "a" and subject_open
        if joined and reading.terms and not later:
            raise Unparsed(ref.text)
        if previous == "a" and not joined and reading.targets:
            raise Unparsed(ref.text)
        if not reading.terms and (not reading.targets or joined):
            reading.targets.append(ref)
        else:
            reading.mentions.append(ref)
    elif not subject_open or reading.terms or (reading.targets and previous != "a"):
        raise Unparsed(ref.text)
    else:
        reading.targets.append(ref)


def _place_grain(item: Item, reading: Reading) -> None:
    if item.text.lower() in ("date", "dates"):
        raise Unparsed(item.text)  # 'by date' groups by day; a date by itself is asked for, not grouped by
    reading.groups.append(make.group_spec(item))
