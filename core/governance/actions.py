"""The closed vocabulary of what a role may do, each with the words a person reads in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

ACTIONS: Mapping[str, str] = {
    "data.ask": "ask questions about tables",
    "data.load": "load files as tables or documents",
    "knowledge.read": "read the knowledge base",
    "knowledge.ask": "ask questions of the documents",
    "code.generate": "have code written",
    "execution.request": "have code executed",
    "tests.generate": "have tests and validation rules written",
    "tests.run": "have tests run as reads of what they may read",
    "approval.view_own": "see their own approval requests",
    "approval.view_all": "see everybody's approval requests",
    "approval.decide": "decide approval requests",
    "conversation.read": "read their conversations",
    "conversation.write": "start, rename and delete conversations",
    "conversation.export": "export their conversations",
    "feedback.give": "rate answers",
    "documents.manage": "add and change documents",
    "documents.approve": "approve documents",
    "prompts.edit": "write prompt versions",
    "prompts.promote": "promote a prompt version to production",
    "models.promote": "promote a model or an index",
    "semantics.confirm": "confirm semantic models and verified queries",
    "retraining.request": "ask for retraining",
    "operations.read_own": "see how their own requests went",
    "operations.read": "see how everybody's requests went",
    "operations.manage": "set prices and alert rules, silence alerts",
    "audit.read": "read the audit log",
    "admin.agents": "switch agents off and on",
    "admin.roles": "assign roles and data scopes",
    "admin.policy": "change the policy",
}
"""Action -> how it reads after 'may' or 'may not'."""

PAGES = (
    "home",
    "chat",
    "approvals",
    "prompts",
    "feedback",
    "knowledge",
    "dashboards",
    "traces",
    "audit",
    "admin",
)

OPERATIONS = (
    "create_table",
    "replace_table",
    "insert",
    "insert_overwrite",
    "update",
    "delete",
    "truncate",
    "merge",
    "merge_delete",
    "drop",
    "drop_column",
    "alter",
    "comment",
    "create_view",
    "replace_view",
    "alter_view",
    "drop_view",
)
"""Kinds of writes that a role may be denied although its scope covers the table."""

KINDS = ("execution", "document", "retraining", "promotion", "prompt_promotion", "role_change")
RISKS = ("read", "write", "ddl", "destructive", "python", "pyspark", "any")
OPEN_PAGE = "page.open"
"""Decided from a role's `pages`, with the page's name as the resource."""


def matches(pattern: str, name: str) -> bool:
    """Whether `pattern` ('*', 'conversation.*', '*.promote' or the name itself) covers `name`."""
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return name.startswith(pattern[:-1])
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    return pattern == name


def known(pattern: str) -> bool:
    """Whether `pattern` covers at least one action of the vocabulary."""
    return any(matches(pattern, action) for action in ACTIONS)
