"""docs/governance_model.md, written from config/rbac_roles.yaml and the vocabularies of the code.

`python -m core.governance.model_page > docs/governance_model.md`; a test fails while the page is not what this gives.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml

from core.governance.actions import ACTIONS, KINDS, OPEN_PAGE, PAGES
from core.governance.approval.model import Status
from core.governance.approval.proposal import KIND_ACTIONS
from core.governance.audit.vocabulary import ACTIONS as AUDITED
from core.governance.policy import Policy

_STATES: Mapping[str, str] = {
    "pending": "Nobody has settled it: fewer approvals than the quorum, no rejection, not expired.",
    "approved": "Enough approvals that count; it runs after the time for second thoughts.",
    "rejected": "One person who may decide said no, with a reason.",
    "expired": "Its time was over before it was approved or used.",
    "superseded": "It was edited: the new request took its place.",
    "withdrawn": "The requester does not want it any more.",
    "consumed": "The licence was used, once; the run's row says how it ended.",
    "unknown": "The licence was used and what became of the run is not known. It is shown, never run again.",
}
_DIGEST = (
    "the kind",
    "the statement, byte for byte as the guard rendered it and as it will be sent",
    "the language",
    "each parameter with its type, so that 1, '1' and 1.0 differ",
    "the target",
    "the requester and the role that they asked in",
    "the principal that runs it",
    "the deciding rules, each with a hash of what it says",
    "the correlation id",
)
_HEAD = """# Governance model

Written by `python -m core.governance.model_page` from `config/rbac_roles.yaml`; do not edit it by hand.

Default deny: what no rule permits is forbidden. A forbidding rule beats every permitting one, for admin too. Every
refusal names its rule. The same checks stand in the core for chat, pages, command line, notebooks, jobs and messages,
and once more right before something runs.
"""
_APPROVALS = """## Who approves what

The first rule that fits the kind and the risk decides. A request that nobody but its requester could approve is refused
when it is made; the requester may never approve it. An overdue request goes to the roles of "then also" too.
"""
_CHANGES = """## Changes of roles and data scopes

They are requests of the kind `role_change`: one administrator asks, another one approves, `GovernanceAgent` applies the
change once, writes a run and an entry of the audit log, and every process reads its rights again. An assignment takes
the place of what the settings or the workspace's groups say; of several roles the first of the table above counts. A
change after which nobody could approve another one is refused. Rows that the platform did not sign count for nothing
and are reported.
"""
_AUDIT = """## Audit

Append-only rows in one chain a process: each holds the hash of the one before and a keyed hash of itself, and the
newest one is also kept outside of the tables. Verifying finds rows that were edited, removed, reordered or cut off.
Reading takes the right `audit.read`; looking, verifying and exporting are recorded themselves.
"""


def model_page(file: Path) -> str:
    """The page, ending with a line break. Raises SettingsError for a file that is no policy."""
    policy = Policy.from_file(file)
    raw: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    sections = (
        _HEAD,
        _roles(policy, raw),
        _matrix("## Actions", "action", policy, ((name, ACTIONS[name], name, None) for name in ACTIONS)),
        _matrix("## Pages", "page", policy, ((page, "", OPEN_PAGE, page) for page in PAGES)),
        _tables(policy),
        _APPROVALS + "\n" + _approvals(policy),
        "## States of a request\n\n" + _table(("state", "meaning"), ((s, _STATES[s]) for s in get_args(Status))),
        "## What an approval binds\n\nA SHA-256 digest over the canonical JSON of:\n\n"
        + "".join(f"- {part}\n" for part in _DIGEST)
        + "\nIt is computed again from what is about to run. One byte, one parameter, another target, person, role or "
        "changed rule,\nand the licence is refused. A licence is good once.\n",
        _CHANGES,
        _AUDIT + "\n" + _table(("entry", "what somebody did"), AUDITED.items()),
    )
    return "\n".join(sections)


def _roles(policy: Policy, raw: Mapping[str, Any]) -> str:
    rows = (
        (name, str(raw["roles"][name].get("description", "")), _words(rules.groups))
        for name, rules in policy.roles.items()
    )
    return "## Roles\n\n" + _table(("role", "in words", "groups of the workspace"), rows)


def _matrix(title: str, noun: str, policy: Policy, asked: Iterable[tuple[str, str, str, str | None]]) -> str:
    """One row a thing, one column a role: the deciding rule of each cell."""
    rows = []
    for name, words, action, resource in asked:
        rulings = [policy.decide(role, action, resource=resource) for role in policy.roles]
        cells = (f"{'yes' if r.permitted else 'no'}: `{r.rule_ids[0]}`" for r in rulings)
        rows.append((f"`{name}`" + (f" ({words})" if words else ""), *cells))
    return f"{title}\n\n" + _table((noun, *policy.roles), rows)


def _tables(policy: Policy) -> str:
    rows = (
        (name, _words(rules.read), _words(rules.write_with_approval), _words(rules.denied_operations))
        for name, rules in policy.roles.items()
    )
    forbidden = ", ".join(f"`{name}`" for name in (*policy.forbidden_for_all, policy.state_schema))
    return (
        "## Tables\n\n"
        + _table(("role", "reads", "writes after approval", "operations denied all the same"), rows)
        + f"\nForbidden for every role: {forbidden} (the platform's own tables). `information_schema` and the catalog "
        "`system` are\ncovered only by a scope that names them. A schema that was loaded is readable by the roles of "
        "its row in `data_scopes`,\nwhich takes the place of the scopes above, and by admin.\n"
    )


def _approvals(policy: Policy) -> str:
    header = (
        "rule",
        "kind",
        "risk",
        "asking takes",
        "approved by",
        "quorum",
        "overdue",
        "then also",
        "stands",
        "by itself",
    )
    rows = (
        (
            f"`{rule.id}`",
            rule.kind,
            rule.risk,
            f"`{KIND_ACTIONS[rule.kind]}`" if rule.kind in KINDS else "–",
            _words(rule.approver_roles),
            str(rule.quorum),
            f"{rule.sla_hours:g} h",
            _words(rule.escalate_to),
            f"{rule.ttl_hours:g} h",
            "never" if rule.auto_approve is None else f"from confidence {rule.auto_approve:g}",
        )
        for rule in policy.approvals
    )
    return _table(header, rows)


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "–"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = tuple(header)
    lines = [names, tuple("---" for _ in names), *(tuple(row) for row in rows)]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(model_page(Path("config") / "rbac_roles.yaml"))
