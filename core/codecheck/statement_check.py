"""One review of one statement: parse, check every node and table, render, and check what the rendering parses to.

The loop ends only when the text to be sent parses to the very tree that was checked.
"""

from __future__ import annotations

import logging
import unicodedata
from typing import Any

from core.codecheck import tables, writes
from core.codecheck.rendering import render
from core.codecheck.review import Review, Verdict
from core.codecheck.vocabulary import FUNCTION_NAMES, FUNCTION_NODES, STRUCTURE_NODES, WRITE_NODES
from core.governance.policy import Policy, Ruling
from core.governance.scope import join_name

_MAX_CHARACTERS = 100_000
_MAX_NODES = 20_000
_MAX_RENDERINGS = 3
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WRITE_ACTIONS = (None, "execution.request")


class Denied(Exception):
    """Carries sentences out of the checks; each says what and why."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class StatementCheck:
    """State of one review: what was found so far is kept also when the end is a denial."""

    def __init__(self, policy: Policy, role: str, action: str | None, limit: int | None) -> None:
        self._policy = policy
        self._role = role
        self._action = action
        self._limit = limit
        self._rules: set[str] = set()
        self._tables: set[str] = set()
        self.target: str | None = None
        self.operation = "read"

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(sorted(self._tables))

    @property
    def rule_ids(self) -> tuple[str, ...]:
        return tuple(sorted(self._rules))

    def run(self, text: str) -> Review:
        """The review when nothing is denied; raises Denied, PlatformError, or what the parser raises."""
        self._check_role()
        tree = parse_one_statement(text)
        for _ in range(_MAX_RENDERINGS):
            self._check(tree)
            statement = render(tree)
            again = parse_one_statement(statement)
            if again == tree:
                return self._review(statement)
            tree = again
        raise Denied("The statement has no stable form; write it in a simpler way.")

    def _review(self, statement: str) -> Review:
        verdict: Verdict = "allow" if self.operation == "read" else "needs_approval"
        reasons: tuple[str, ...] = ()
        if self.target is not None:
            reasons = (f"It writes {self.target} ({self.operation}); that needs a person's approval.",)
        return Review(
            verdict=verdict,
            reasons=reasons,
            statement=statement,
            tables=self.tables,
            target=self.target,
            operation=self.operation,
            rule_ids=self.rule_ids,
        )

    def _check_role(self) -> None:
        self._policy.role(self._role)
        if self._action is not None:
            self._follow([self._policy.decide(self._role, self._action)])

    def _check(self, tree: Any) -> None:
        from sqlglot import exp

        write = None
        if not isinstance(tree, (exp.Select, exp.SetOperation, exp.Subquery)):
            write = writes.read_write(tree)
        if isinstance(write, writes.Unwritable):
            self.operation = write.operation
            raise Denied(*self._operation_denial(write))
        check_nodes(tree, expected=write.nodes if write else frozenset())
        self._check_tables(tree, write)
        if write is None:
            self._add_limit(tree)

    def _operation_denial(self, write: writes.Unwritable) -> tuple[str, ...]:
        rule = f"{self._role}.denied_operations.{write.operation}"
        if write.operation in self._policy.role(self._role).denied_operations:
            self._rules.add(rule)
            return (f"Role {self._role} may not {write.operation.replace('_', ' ')} (rule {rule}).",)
        return (write.sentence,)

    def _check_tables(self, tree: Any, write: writes.Write | None) -> None:
        self._tables.clear()
        rulings: list[Ruling] = []
        problems: list[str] = []
        for reference in tables.references(tree):
            if tables.is_table_function(reference) or (write is not None and reference is write.target):
                continue
            name = tables.resolve(reference, self._policy.default_catalog, self._policy.default_schema)
            if isinstance(name, tables.TableProblem):
                problems.append(f"Not allowed: {name.sentence}.")
                continue
            full_name = join_name(name)
            self._tables.add(full_name)
            rulings.append(self._policy.decide_read(self._role, full_name))
        if write is not None:
            rulings.append(self._write_ruling(write))
        if problems:
            raise Denied(*problems)
        self._follow(rulings)

    def _write_ruling(self, write: writes.Write) -> Ruling:
        self.operation = write.operation
        name = tables.resolve(write.target, self._policy.default_catalog, self._policy.default_schema)
        if isinstance(name, tables.TableProblem):
            raise Denied(f"Not allowed: {name.sentence}.")
        self.target = join_name(name)
        rules = self._policy.role(self._role)
        if write.operation in rules.denied_operations:
            rule = f"{self._role}.denied_operations.{write.operation}"
            sentence = f"Role {self._role} may not {write.operation.replace('_', ' ')} (rule {rule})."
            return Ruling(effect="forbid", rule_ids=(rule,), sentence=sentence)
        if self._action not in _WRITE_ACTIONS:
            sentence = f"A question may only read; this writes {self.target}. Ask for it to be executed instead."
            return Ruling(effect="forbid", rule_ids=("default-deny",), sentence=sentence)
        return self._policy.decide_write(self._role, self.target)

    def _follow(self, rulings: list[Ruling]) -> None:
        for ruling in rulings:
            self._rules.update(ruling.rule_ids)
        forbidden = [ruling.sentence for ruling in rulings if not ruling.permitted]
        if forbidden:
            raise Denied(*dict.fromkeys(forbidden))

    def _add_limit(self, tree: Any) -> None:
        from sqlglot import exp

        if self._limit is None:
            return
        most = self._limit + 1
        present = tree.args.get("limit")
        value = present.expression if isinstance(present, exp.Limit) else None
        too_large = isinstance(value, exp.Literal) and not (value.name.isdigit() and int(value.name) <= most)
        everything = value is not None and value.name.upper() == "ALL"
        if present is None or too_large or everything:
            tree.set("limit", exp.Limit(expression=exp.Literal.number(most)))


def parse_one_statement(text: str) -> Any:
    """The tree of the only statement in `text`, hints and comments left out. Raises Denied or the parser's error."""
    import sqlglot
    from sqlglot import exp

    _check_characters(text)
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    parsed = sqlglot.parse(text, dialect="databricks")
    trees = [tree for tree in parsed if tree is not None and not isinstance(tree, exp.Semicolon)]
    if not trees:
        raise Denied("There is no statement in the text.")
    if len(trees) > 1:
        raise Denied(f"Exactly one statement may run at a time; these are {len(trees)}.")
    tree = trees[0]
    for hint in list(tree.find_all(exp.Hint)):
        hint.pop()
    return tree


def check_nodes(tree: Any, expected: frozenset[int]) -> None:
    """Every node below (and including) `tree` must be in the closed lists; raises Denied naming what is not."""
    from sqlglot import exp

    generators: set[int] = set()
    for count, node in enumerate(tree.walk(bfs=True)):
        if count > _MAX_NODES:
            raise Denied("The statement is too large to be checked.")
        if id(node) in expected:
            continue
        if isinstance(node, (exp.Table, exp.Lateral)) and isinstance(node.this, exp.Func):
            if not tables.is_table_function(node):
                raise Denied(f"Not allowed: the table function '{_function_name(node.this)}'.")
            generators.add(id(node.this))
        if id(node) not in generators:
            _check_node(node)


def _check_node(node: Any) -> None:
    from sqlglot import exp

    if isinstance(node, exp.Func):
        if isinstance(node, exp.Anonymous):
            known = node.name.lower() in FUNCTION_NAMES
        else:
            known = node.key in FUNCTION_NODES
        if not known:
            raise Denied(f"Not allowed: the function '{_function_name(node)}' is not a permitted one.")
    elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        raise Denied(
            f"Not allowed: '{node.sql(dialect='databricks')[:80]}' calls a function that is not a permitted one."
        )
    elif isinstance(node, exp.Distinct) and node.args.get("on"):
        raise Denied("Not allowed: DISTINCT ON is not a construct of Databricks SQL.")
    elif isinstance(node, exp.Placeholder) and not node.this:
        raise Denied("Not allowed: a parameter without a name; write it as :name.")
    elif type(node).__name__ not in STRUCTURE_NODES:
        name = type(node).__name__
        if name.lower() in WRITE_NODES:
            raise Denied(f"Not allowed: {name.upper()} inside a query; a question may only read.")
        raise Denied(f"Not allowed: the construct {name} is not a permitted one.")


def _function_name(node: Any) -> str:
    from sqlglot import exp

    return str(node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()


def _check_characters(text: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise Denied("There is no statement in the text.")
    if len(text) > _MAX_CHARACTERS:
        raise Denied(f"The statement is longer than {_MAX_CHARACTERS:,} characters.")
    for character in set(text):
        if character in _DIRECTION_MARKS:
            raise Denied("The text holds marks that reverse its direction, so it would read otherwise than it runs.")
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
            raise Denied(f"The text holds the control character U+{ord(character):04X}.")
