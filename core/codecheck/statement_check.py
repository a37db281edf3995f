"""One review of one statement: parse, check every node and table, render, and check what the rendering parses to.

The loop ends only when the text to be sent parses to the very tree that was checked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.codecheck import metadata, tables, writes
from core.codecheck.node_check import check_nodes
from core.codecheck.operations import denying
from core.codecheck.parsing import Denied, UnknownForm, check_characters, parse_one_statement, unlink
from core.codecheck.rendering import render
from core.codecheck.review import Review, Verdict
from core.codecheck.tables import TableProblem
from core.codecheck.write import Unwritable, Write
from core.governance.policy import Policy, Ruling
from core.governance.scope import folded, is_restricted, join_name, split_name

_MAX_RENDERINGS = 3
_WRITE_ACTIONS = (None, "execution.request")


class StatementCheck:
    """State of one review: what was found so far is kept also when the end is a denial."""

    def __init__(self, policy: Policy, role: str, action: str | None, limit: int | None) -> None:
        self._policy = policy
        self._role = role
        self._action = action
        self._limit = limit
        self._rules: set[str] = set()
        self._tables: set[str] = set()
        self._asks: list[str] = []
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
        self._policy.role(self._role)
        if self._action is not None:
            self._follow([self._policy.decide(self._role, self._action)])
        check_characters(text)
        statement = self._inspected(text) if metadata.is_inspection(text) else self._settled(text)
        if "${" in statement:
            raise Denied("Not allowed: '${'; an engine may put something else in its place before it reads the text.")
        verdict: Verdict = "needs_approval" if self._asks else "allow"
        return Review(
            verdict=verdict,
            reasons=tuple(self._asks),
            statement=statement,
            tables=self.tables,
            target=self.target,
            operation=self.operation,
            rule_ids=self.rule_ids,
        )

    def _settled(self, text: str, *, queries_only: bool = False) -> str:
        """The rendering that parses to the tree that was checked."""
        tree = parse_one_statement(text)
        for _ in range(_MAX_RENDERINGS):
            self._check(tree, queries_only)
            checked = hash(tree)  # what trees are compared by; taken here, for the writer may change the tree
            statement = render(tree)
            again = None if statement == text else parse_one_statement(statement)
            if again is None or (type(again) is type(tree) and hash(again) == checked):
                unlink(tree, again)
                return statement
            tree, text = again, statement
        raise Denied("The statement has no stable form; write it in a simpler way.")

    def _inspected(self, text: str) -> str:
        """The rendering of a statement about metadata, once what it names may be read."""
        found = metadata.read_inspection(text)
        if found.kind == "query":
            self._limit = None
            return replace(found, query=self._settled(found.query, queries_only=True)).render()
        found = replace(found, name=self._full_name(found))
        self._follow([self._inspection_ruling(found)])
        statement = found.render()
        if metadata.read_inspection(statement) != found:
            raise Denied("The statement has no stable form; write it in a simpler way.")
        return statement

    def _full_name(self, found: metadata.Inspection) -> tuple[str, ...]:
        if found.kind == "table":
            return self._resolved(tables.reference(found.name))
        if found.kind == "schema" and len(found.name) == 1:
            return (self._policy.default_catalog, *found.name)
        return found.name

    def _inspection_ruling(self, found: metadata.Inspection) -> Ruling:
        if found.kind == "restricted":
            return self._asked(self._policy.decide_restricted(self._role, found.prefix), found.prefix)
        name = join_name(found.name)
        if found.kind == "table":
            self._tables.add(name)
            return self._read_ruling(found.name)
        return self._or_asked(self._policy.decide_list(self._role, found.name), found.name)

    def _check(self, tree: Any, queries_only: bool) -> None:
        from sqlglot import exp

        write = None
        if not isinstance(tree, (exp.Select, exp.SetOperation, exp.Subquery)):
            if queries_only:
                raise Denied("Only a query may be explained.")
            write = writes.read_write(tree)
        if isinstance(write, Unwritable):
            self.operation = write.operation
            self._deny_operation(write.operation)
            raise UnknownForm(write.sentence)
        check_nodes(tree, expected=write.nodes if write else frozenset())
        self._check_tables(tree, write)
        if write is None:
            self._add_limit(tree)

    def _check_tables(self, tree: Any, write: Write | None) -> None:
        self._tables.clear()
        self._asks.clear()
        rulings: list[Ruling] = []
        problems: list[str] = []
        written = {id(target) for target in write.targets} if write else set()
        for reference in tables.references(tree):
            changes = tables.changed_table(reference)
            if changes is None and (tables.is_table_function(reference) or id(reference) in written):
                continue
            if changes is not None and write is not None:
                # Whether the table has moved on since a person looked is told by the tables in FROM only.
                problems.append("Not allowed: table_changes in a write; read from the table itself instead.")
                continue
            name = self._changed(changes) if changes is not None else self._located(reference)
            if isinstance(name, TableProblem):
                problems.append(f"Not allowed: {name.sentence}.")
                continue
            self._tables.add(join_name(name))
            rulings.append(self._read_ruling(name))
        if write is not None:
            rulings.extend(self._write_rulings(write))
        if problems:
            raise Denied(*problems)
        self._follow(rulings)

    def _located(self, table: Any) -> tuple[str, str, str] | TableProblem:
        return tables.resolve(table, self._policy.default_catalog, self._policy.default_schema)

    def _changed(self, literal: Any) -> tuple[str, str, str] | TableProblem:
        """The table whose changes are read, in three parts, written back into the literal that names it."""
        try:
            parts = split_name(literal.name)
        except ValueError as error:
            return TableProblem(f"table_changes of that: {error}")
        name = self._located(tables.reference(parts))
        if not isinstance(name, TableProblem):
            literal.set("this", join_name(name))
        return name

    def _read_ruling(self, name: tuple[str, ...]) -> Ruling:
        return self._or_asked(self._policy.decide_read(self._role, join_name(name)), name)

    def _or_asked(self, ruling: Ruling, name: tuple[str, ...]) -> Ruling:
        """The ruling; for metadata that no wildcard covers, the one on whether approval may be asked for."""
        if ruling.permitted or not is_restricted(folded(name)) or ruling.rule_ids[0].startswith("forbidden_for_all"):
            return ruling
        return self._asked(self._policy.decide_restricted(self._role, join_name(name)), join_name(name))

    def _asked(self, ruling: Ruling, what: str) -> Ruling:
        if ruling.permitted:
            self._asks.append(f"No wildcard grants {what}; reading it needs a person's approval.")
        return ruling

    def _write_rulings(self, write: Write) -> list[Ruling]:
        self.operation = write.operation
        names = [self._resolved(target) for target in write.targets]
        self.target = join_name(names[0])
        self._deny_operation(write.operation)
        if self._action not in _WRITE_ACTIONS:
            raise Denied(f"A question may only read; this writes {self.target}. Ask for it to be executed instead.")
        if write.column is not None:
            for key, part in (("catalog", "catalog"), ("db", "db"), ("table", "this")):
                write.column.set(key, write.targets[0].args[part].copy())
        rulings = [self._policy.decide_write(self._role, join_name(name)) for name in names]
        if write.reads_target:
            self._tables.add(self.target)
            rulings.append(self._read_ruling(names[0]))
        self._asks.extend(self._write_reasons(write, join_name(names[-1])))
        return rulings

    def _write_reasons(self, write: Write, new_name: str) -> list[str]:
        renamed = f" as {new_name}" if len(write.targets) > 1 else ""
        reasons = [f"It writes {self.target}{renamed} ({write.operation}); that needs a person's approval."]
        if write.every_row:
            reasons.append(f"It touches every row of {self.target}: no condition picks rows.")
        return reasons

    def _resolved(self, table: Any) -> tuple[str, str, str]:
        name = self._located(table)
        if isinstance(name, TableProblem):
            raise Denied(f"Not allowed: {name.sentence}.")
        return name

    def _deny_operation(self, operation: str) -> None:
        denied = denying(operation, self._policy.role(self._role).denied_operations)
        if denied is not None:
            rule = f"{self._role}.denied_operations.{denied}"
            self._rules.add(rule)
            raise Denied(f"Role {self._role} may not {operation.replace('_', ' ')} (rule {rule}).")

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
