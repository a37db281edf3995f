"""What a snippet does to tables through Spark: names and texts are reviewed by the policy and the SQL guard."""

from __future__ import annotations

import re

from core.codecheck.sql_guard import SqlGuard
from core.governance.policy import Policy, Ruling
from core.governance.scope import join_name, split_name

_PLAIN_NAME = re.compile(r"(?:`[^`\x00-\x1f\x7f\\]{1,128}`|[\w. $-]){1,300}")
_VIEW = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_HIDING = ("--", "/*", "\\", ";")
_DELTA_OPERATIONS = {"delete": "delete", "update": "update", "merge": "merge", "merge_delete": "merge_delete"}


class TableUse:
    """Tables read and written by one snippet, as `role`; every method answers with sentences of what is not allowed."""

    def __init__(self, policy: Policy, role: str) -> None:
        self._policy = policy
        self._guard = SqlGuard(policy)
        self._role = role
        self._handles: list[str] = []
        self.views: set[str] = set()
        self.tables: set[str] = set()
        self.writes: dict[str, set[str]] = {}
        self.rules: set[str] = set()
        self.delta_operations: set[str] = set()

    def read(self, name: str) -> tuple[str, list[str]]:
        """The name with three parts, and why it may not be read."""
        parts = self._parts(name)
        if parts is None:
            return name, [f"'{name[:80]}' does not name a table by one to three plain parts."]
        review = self._guard.review(f"SELECT * FROM {join_name(parts)}", self._role, limit=None)
        self.rules.update(review.rule_ids)
        self.tables.update(review.tables)
        if not review.allowed:
            return name, list(review.reasons)
        return (name if name in self.views else review.tables[0]), []

    def handle(self, name: str) -> list[str]:
        """A DeltaTable for `name`: what is done with it is settled at the end."""
        parts = self._parts(name)
        if parts is None:
            return [f"'{name[:80]}' does not name a table by one to three plain parts."]
        self._handles.append(join_name(parts))
        return []

    def query(self, text: str) -> tuple[str, list[str]]:
        """The text to send (the SQL guard's own rendering), and why it may not be sent."""
        if self.views:
            return self._query_with_views(text)
        review = self._guard.review(text, self._role, limit=None)
        self._keep(review.rule_ids, review.tables)
        if review.verdict == "deny" or review.statement is None:
            return text, list(review.reasons)
        if review.target is not None:
            self.writes.setdefault(review.target, set()).add(review.operation)
        return review.statement, []

    def expression(self, text: str) -> list[str]:
        """Why the SQL expression `text` may not be used."""
        if any(mark in text for mark in _HIDING):
            return ["A SQL expression may hold no comment, backslash or semicolon."]
        review = self._guard.review(f"SELECT {text}", self._role, limit=None)
        self._keep(review.rule_ids, review.tables)
        return [] if review.allowed else list(review.reasons)

    def view(self, name: str) -> list[str]:
        """A temporary view: its name may not stand for a table that the role may not read."""
        if _VIEW.fullmatch(name) is None:
            return ["A temporary view needs a plain name."]
        _, problems = self.read(name)
        self.tables.discard(join_name(self._policy.resolve(name)))
        if not problems:
            self.views.add(name)
        return problems

    def write(self, name: str, operation: str) -> tuple[str, list[str]]:
        """The target with three parts, and why it may not be written."""
        parts = self._parts(name)
        if parts is None:
            return name, [f"'{name[:80]}' does not name a table by one to three plain parts."]
        target = join_name(self._policy.resolve(join_name(parts)))
        _, looks = self._readable_name(target)
        if looks:
            return name, looks
        self.writes.setdefault(target, set()).add(operation)
        ruling = self._operation_ruling(operation) or self._policy.decide_write(self._role, target)
        self.rules.update(ruling.rule_ids)
        return target, [] if ruling.permitted else [ruling.sentence]

    def settle(self) -> list[str]:
        """Decide on the DeltaTables: read, or written by every operation that the snippet holds."""
        problems: list[str] = []
        for name in self._handles:
            if not self.delta_operations:
                problems += self.read(name)[1]
            for operation in sorted(self.delta_operations):
                problems += self.write(name, _DELTA_OPERATIONS[operation])[1]
        return problems

    @property
    def target(self) -> str | None:
        """The tables written, sorted and joined by commas."""
        return ", ".join(sorted(self.writes)) or None

    @property
    def operations(self) -> str:
        return ", ".join(sorted(set().union(*self.writes.values())))

    def _keep(self, rules: tuple[str, ...], tables: tuple[str, ...]) -> None:
        self.rules.update(rules)
        self.tables.update(tables)

    def _parts(self, name: str) -> tuple[str, ...] | None:
        if _PLAIN_NAME.fullmatch(name) is None:
            return None
        try:
            return split_name(name)
        except ValueError:
            return None

    def _readable_name(self, target: str) -> tuple[str, list[str]]:
        parts = split_name(target)
        if all(part.strip() == part and not set(part) & set("./:`") for part in parts):
            return target, []
        return target, [f"'{target[:80]}' is a path, or several names quoted as one."]

    def _operation_ruling(self, operation: str) -> Ruling | None:
        if operation not in self._policy.role(self._role).denied_operations:
            return None
        rule = f"{self._role}.denied_operations.{operation}"
        sentence = f"Role {self._role} may not {operation.replace('_', ' ')} (rule {rule})."
        return Ruling(effect="forbid", rule_ids=(rule,), sentence=sentence)

    def _query_with_views(self, text: str) -> tuple[str, list[str]]:
        """The text as it is: names of temporary views may not be completed to three parts."""
        if any(mark in text for mark in _HIDING):
            return text, ["A statement beside temporary views may hold no comment, backslash or semicolon."]
        stripped = text.strip()
        views = ", ".join(f"{view} AS (SELECT 1)" for view in sorted(self.views))
        match = re.match(r"(?i)with\s+(?!recursive\b)", stripped)
        whole = f"WITH {views}, {stripped[match.end() :]}" if match else f"WITH {views} {stripped}"
        review = self._guard.review(whole, self._role, limit=None)
        self._keep(review.rule_ids, review.tables)
        if review.verdict == "allow":
            return text, []
        return text, list(review.reasons) or ["Only a query may stand beside temporary views."]
