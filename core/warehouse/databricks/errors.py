"""From what the connector and the network raise to the platform's errors.

The connector gives no SQLSTATE, so `[ERROR_CLASS]` and `SQLSTATE: xxxxx` are read from the message. What matters most
is whether a statement may have run: one that broke off on its way may have, one that was turned away has not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import (
    AccessDenied,
    PlatformError,
    SignInExpired,
    StatementFailed,
    StatementInvalid,
    StatementRefused,
    StatementTimeout,
    TableNotFound,
    WarehouseUnavailable,
    WriteConflict,
)

_CLASS = re.compile(r"\[([A-Z][A-Z0-9_]+)((?:\.[A-Z0-9_]+)*)\]")
_STATE = re.compile(r"SQLSTATE:?\s*([0-9A-Z]{5})")
_NOT_SENT = frozenset({"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "LocationValueError"})
_NETWORK = _NOT_SENT | {"HTTPError", "OSError"}
SESSION_GONE = re.compile(r"Invalid SessionHandle|session.{0,40}(?:closed|expired|not found)", re.IGNORECASE)

_BY_CLASS: dict[str, type[PlatformError]] = {
    "TABLE_OR_VIEW_NOT_FOUND": TableNotFound,
    "DELTA_TABLE_NOT_FOUND": TableNotFound,
    "INSUFFICIENT_PERMISSIONS": AccessDenied,
    "PERMISSION_DENIED": AccessDenied,
    "UNSUPPORTED_FEATURE": StatementRefused,
    "UNRESOLVED_ROUTINE": StatementRefused,
    "UNSUPPORTED_DATATYPE": StatementRefused,
    "STATEMENT_TIMEOUT": StatementTimeout,
    "TEMPORARILY_UNAVAILABLE": WarehouseUnavailable,
    "RESOURCE_EXHAUSTED": WarehouseUnavailable,
    "DELTA_METADATA_CHANGED": WriteConflict,
    "DELTA_PROTOCOL_CHANGED": WriteConflict,
}
_BY_STATE: tuple[tuple[str, type[PlatformError]], ...] = (
    ("2D521", WriteConflict),
    ("42P01", TableNotFound),
    ("42501", AccessDenied),
    ("0A", StatementRefused),
    ("42", StatementInvalid),
    ("57", StatementTimeout),
    ("08", WarehouseUnavailable),
)


@dataclass(frozen=True)
class Failure:
    """One failed attempt: the error for the caller, and what may be done about it."""

    error: PlatformError
    session_lost: bool = False
    """The session is gone, the statement did not run: once more over a new one."""
    turned_away: bool = False
    """The server did not take the statement: it may be offered again."""
    broken: bool = False
    """The connection broke while the statement was on its way: it may have run."""
    unauthorized: bool = False


def failure(raised: BaseException) -> Failure:
    """What an exception of the connector means; raises what is neither the connector's nor the network's."""
    if isinstance(raised, PlatformError):
        return Failure(raised)
    names = _names(raised)
    if names.isdisjoint(("Error", "HTTPError", "OSError")):
        raise raised
    text = _text(raised)
    if SESSION_GONE.search(text):
        return Failure(WarehouseUnavailable(f"The session of the warehouse has ended: {text}"), session_lost=True)
    if names & _NETWORK:
        sent = names.isdisjoint(_NOT_SENT)
        what = "The connection to the warehouse broke." if sent else "The warehouse cannot be reached."
        return Failure(WarehouseUnavailable(what), turned_away=not sent, broken=sent)
    if "MaxRetryDurationError" in names:  # without a network error behind it: the server answered 429 or 503
        return Failure(WarehouseUnavailable("The warehouse takes no further statement now."), turned_away=True)
    if "RequestError" in names:
        return _of_status(getattr(raised, "context", {}).get("http-code"), text)
    return Failure(statement_error(text))


def _of_status(code: int | None, text: str) -> Failure:
    """An HTTP status that came instead of an answer."""
    if code == 401:
        expired = SignInExpired("The workspace does not take the sign-in any more: its token has expired.")
        return Failure(expired, unauthorized=True)
    if code == 403:
        return Failure(AccessDenied("The workspace refuses this identity the use of the SQL warehouse."))
    if code == 404:
        missing = "Check DATABRICKS_HOST and DATABRICKS_WAREHOUSE_ID, then start again."
        return Failure(WarehouseUnavailable("The workspace has no such SQL warehouse.", next_step=missing))
    if code is not None and 400 <= code < 500:
        return Failure(StatementFailed(f"The workspace refused the request (HTTP {code}): {text}"))
    return Failure(WarehouseUnavailable(f"The workspace failed (HTTP {code})."), broken=True)


def statement_error(text: str) -> PlatformError:
    """What the server said of a statement, typed by its error class, else by its SQLSTATE."""
    named, state = _CLASS.search(text), _STATE.search(text)
    error_class = named[1] if named else None
    kind = _BY_CLASS.get(error_class or "")
    if kind is None and error_class and error_class.startswith("DELTA_CONCURRENT"):
        kind = WriteConflict
    if kind is None and state:
        kind = next((found for prefix, found in _BY_STATE if state[1].startswith(prefix)), None)
    return (kind or StatementFailed)(_STATE.sub("", text).strip(" ;.") + ".", error_class=error_class)


def _text(raised: BaseException) -> str:
    message = getattr(raised, "message", None)
    text = str(message if message is not None else raised)
    return text.strip() or type(raised).__name__


def _names(raised: BaseException) -> frozenset[str]:
    """Class names of everything that an exception came from; the connector hides the cause in its arguments."""
    found: set[str] = set()
    waiting: list[object] = [raised]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        found |= {kind.__name__ for kind in type(current).__mro__}
        waiting += [current.__cause__, current.__context__, *current.args, getattr(current, "reason", None)]
    return frozenset(found)
