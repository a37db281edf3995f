"""The SQL guard: says of a statement, for a role, whether it may run, needs approval, or may not.

Fails closed: what it cannot read, does not know or finds out of scope is denied. It never touches a warehouse.
The boundary that counts besides is a least-privilege principal on the warehouse.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from core.codecheck.advice import advice
from core.codecheck.parsing import Denied, UnknownForm
from core.codecheck.review import Review
from core.codecheck.statement_check import StatementCheck
from core.errors import PlatformError
from core.governance.policy import Policy

_log = logging.getLogger(__name__)
DEFAULT_LIMIT = 1000
_TOKEN = re.compile(r"<Token token_type: [\w.]+, text: (?P<text>.*?), line: \d+, col: \d+[^>]*>")
"""How the parser writes a word that it did not expect."""
_REMEMBERED, _REMEMBERED_CHARACTERS = 256, 20_000


class SqlGuard:
    """Reviews Databricks SQL against a policy. Safe to share between threads."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        # A review follows from these words and the policy alone, and the same statement comes again: asked, dry, run.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._review)

    def review(self, text: str, role: str, *, action: str | None = None, limit: int | None = DEFAULT_LIMIT) -> Review:
        """The verdict for `text` as `role`; never raises.

        With `action`, the role must have it, and only `execution.request` may be a write. A read gets
        LIMIT `limit` + 1 (the one more row tells that there are more) unless it has a smaller one; None: none.
        """
        plain = isinstance(text, str) and isinstance(role, str) and len(text) <= _REMEMBERED_CHARACTERS
        return (self._remembered if plain else self._review)(text, role, action, limit)

    def _review(self, text: str, role: str, action: str | None, limit: int | None) -> Review:
        check = StatementCheck(self._policy, role, action, limit)
        try:
            return check.run(text)
        except UnknownForm as unknown:
            reasons = (*unknown.reasons, *advice(text))
        except Denied as denied:
            reasons = denied.reasons
        except PlatformError as error:
            reasons = (f"{error.message} {error.next_step}",)
        except Exception as error:  # noqa: BLE001 - a guard that fails must deny, whatever failed
            _log.debug("review failed", exc_info=True)
            reasons = (f"The statement cannot be read as Databricks SQL ({_brief(error)}).", *advice(text))
        return Review(
            verdict="deny",
            reasons=reasons,
            tables=check.tables,
            target=check.target,
            operation=check.operation,
            rule_ids=check.rule_ids,
        )


def _brief(error: BaseException) -> str:
    first = (str(error).splitlines() or [""])[0].strip()
    plain = _TOKEN.sub(lambda found: "the end" if found["text"] == "SENTINEL" else f"'{found['text']}'", first)
    return plain[:160] or type(error).__name__
