"""Items of one question -> a Reading: productions first, then superlatives and orders, then what is left over.

A word that no production used makes the question unparsed: nothing is silently ignored.
"""

from __future__ import annotations

import re

from core.semantic.match import comparisons as compare
from core.semantic.match import productions as make
from core.semantic.match import restrictions as restrict
from core.semantic.match.composing import compose
from core.semantic.match.dated import by_date, columns, dated_by_verb
from core.semantic.match.items import Item
from core.semantic.match.lexicon import EntityConcept
from core.semantic.match.ordering import orders
from core.semantic.match.productions import Production, rewrite
from core.semantic.match.reading import Condition, EntityRef, GroupSpec, Reading, Unparsed
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
    _rule(r"F[bwoih]*n?b?[ck][o]?F", compare.columns_compared),
    _rule(r"(?<!B)F[biohw]*T", compare.year_field),
    _rule(r"F[bwoihd]*n?b?c[o]?Np?(?![EF])", compare.compared),
    _rule(r"F[bwoih]*W[o]?NaN(?![EF])", compare.compared),
    _rule(r"F[bwoihd]*Np(?![EF])", compare.compared),
    _rule(r"n?c[o]?Ni?F", compare.compared),
    _rule(r"W[o]?NaNF", compare.compared),
    _rule(r"NpF", compare.compared),
    _rule(r"(?<![KSRc])NF(?=E)", compare.compared),
    _rule(r"(?<![KSRBOoi])FN(?=E)", compare.compared),
    _rule(r"(?<![KSR])F[bo]*N(?![EFp])", compare.compared),
    _rule(r"F[biohd]*n?[bi]?V(?:[arq]+[bi]?V)*", restrict.field_values),
    _rule(r"(?:V[ar])*VF", restrict.field_values),
    _rule(r"(?:F|E)[bod]+n?Q", restrict.quoted),
    _rule(r"[FE]Q", restrict.quoted),
    _rule(r"E[dbo]*n?[d]?V", restrict.entity_value),
    _rule(r"(?<=C)E[bwhi]+n?cN(?![EFXMp])", compare.compared_by_adjective),
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
    _rule(r"[XM][bwoih]*n?c[o]?Np?(?!U?[EFXM])", compare.compared),
    _rule(r"[XM][bwoih]*W[o]?NaN(?![EFXM])", compare.compared),
    _rule(r"n?c[o]?NU?(?:[XEM]|iM)", compare.compared),
    _rule(r"M[bwoih]*n?c[o]?M", compare.measures_compared),
    _rule(r"W[o]?NaN[XEM]", compare.compared),
    _rule(r"Np[XEM]", compare.compared),
    _rule(r"E[bwhi]*n?cN(?![EFXMp])", compare.compared_by_adjective),
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
    compose(items, reading)
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
