"""The Python guard: says of a snippet, for a role, whether the guard objects, a person must approve, or it may not run.

It is not a wall: what it lets through still runs in a sandbox or as a job under a principal with few rights. `allow`
means that the guard has no objection; whether Python may run at all is the policy's and an approval's business.
"""

from __future__ import annotations

import ast
import logging

from core.codecheck.python_bindings import TooEntangled
from core.codecheck.python_check import PythonCheck, Refusal, parse
from core.codecheck.python_spark import TableUse
from core.codecheck.review import Review
from core.errors import PlatformError
from core.governance.policy import Policy

_log = logging.getLogger(__name__)
_MAX_RENDERINGS = 3


class PythonGuard:
    """Reviews Python and PySpark against a policy. Safe to share between threads."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def review(self, text: str, role: str) -> Review:
        """The verdict for `text` as `role`; never raises.

        `allow`: it only computes, or reads tables that the role may read. `needs_approval`: it writes through Spark.
        """
        run = _Run(self._policy, role)
        try:
            return run.review(text)
        except Refusal as refusal:
            reasons: tuple[str, ...] = (str(refusal),)
        except PlatformError as error:
            reasons = (f"{error.message} {error.next_step}",)
        except (TooEntangled, RecursionError):
            reasons = ("The code is too entangled to be checked; write its tables and texts out.",)
        except Exception as error:  # noqa: BLE001 - a guard that fails must deny, whatever failed
            _log.debug("review failed", exc_info=True)
            reasons = (f"The code cannot be read as Python ({_brief(error)}).",)
        return run.denied(reasons)


class _Run:
    """One review; what was found so far is kept also when the end is a denial."""

    def __init__(self, policy: Policy, role: str) -> None:
        self._policy = policy
        self._role = role
        self._tables: TableUse | None = None
        self._operation = "python"

    def review(self, text: str) -> Review:
        self._policy.role(self._role)
        tree = parse(text)
        for _ in range(_MAX_RENDERINGS):
            self._tables = TableUse(self._policy, self._role)
            check = PythonCheck(tree, self._tables)
            problems = check.run()
            self._operation = "pyspark" if check.uses_spark or self._tables.tables or self._tables.writes else "python"
            if problems:
                return self.denied(problems)
            statement = ast.unparse(ast.fix_missing_locations(tree))
            again = parse(statement)
            if ast.dump(again) == ast.dump(tree):
                return self._allowed(self._tables, statement)
            tree = again
        raise Refusal("The code has no stable form; write it in a simpler way.")

    def _allowed(self, tables: TableUse, statement: str) -> Review:
        target = tables.target
        reasons: tuple[str, ...] = ()
        if target is not None:
            reasons = (f"It writes {target} ({tables.operations}); that needs a person's approval.",)
        return Review(
            verdict="allow" if target is None else "needs_approval",
            reasons=reasons,
            statement=statement,
            tables=tuple(sorted(tables.tables)),
            target=target,
            operation=self._operation,
            rule_ids=tuple(sorted(tables.rules)),
        )

    def denied(self, reasons: tuple[str, ...]) -> Review:
        found = self._tables
        return Review(
            verdict="deny",
            reasons=reasons,
            tables=tuple(sorted(found.tables)) if found else (),
            target=found.target if found else None,
            operation=self._operation,
            rule_ids=tuple(sorted(found.rules)) if found else (),
        )


def _brief(error: BaseException) -> str:
    first = (str(error).splitlines() or [""])[0].strip()
    return first[:160] or type(error).__name__
