"""From what the connector and the network raise to the platform's errors.

The connector gives no SQLSTATE, so `[ERROR_CLASS]` and `SQLSTATE: xxxxx` are read from the message. What matters most
is whether a statement may have run: one that broke off on its way may have, one that was turned away has not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import (
    AccessDenied,
    PlatformError,
    SignInExpired,
    StatementCancelled,
    StatementFailed,
    StatementInvalid,
    StatementRefused,
    StatementTimeout,
    TableNotFound,
    WarehouseUnavailable,
    WriteConflict,
)

# The class opens the message, or follows the name of an exception; brackets inside a message are somebody's data.
_CLASS = re.compile(r"(?:^|: |\n)\s*\[([A-Z][A-Z0-9_]+)((?:\.[A-Z0-9_]+)*)\]")
_STATE = re.compile(r"\s*\(?SQLSTATE:?\s*([0-9A-Z]{5})\)?")
_UNITY_CATALOG = re.compile(r"(?:^|: )(PERMISSION_DENIED|UNAUTHORIZED_ACCESS): ")
_NOT_SENT = frozenset({"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "LocationValueError"})
_NETWORK = _NOT_SENT | {"HTTPError", "OSError"}
_SESSION_GONE = re.compile(r"Invalid (?:Session|Operation)Handle|\[INVALID_HANDLE\.|Session \[?[\w-]+\]? is closed")
_OPERATION_GONE = re.compile(r"Command \S+ unexpectedly closed server side")
_TOKEN = re.compile(r"\b(?:invalid|expired)\b.{0,20}\btoken\b|\btoken\b.{0,20}\b(?:invalid|expired)\b", re.IGNORECASE)

_BY_CLASS: dict[str, type[PlatformError]] = {
    "TABLE_OR_VIEW_NOT_FOUND": TableNotFound,
    "DELTA_TABLE_NOT_FOUND": TableNotFound,
    "INSUFFICIENT_PERMISSIONS": AccessDenied,
    "PERMISSION_DENIED": AccessDenied,
    "UNAUTHORIZED_ACCESS": AccessDenied,
    "UNSUPPORTED_FEATURE": StatementRefused,
    "UNRESOLVED_ROUTINE": StatementRefused,
    "UNSUPPORTED_DATATYPE": StatementRefused,
    "STATEMENT_TIMEOUT": StatementTimeout,
    "QUERY_EXECUTION_TIMEOUT_EXCEEDED": StatementTimeout,
    "OPERATION_CANCELED": StatementCancelled,
    "TEMPORARILY_UNAVAILABLE": WarehouseUnavailable,
    "RESOURCE_EXHAUSTED": WarehouseUnavailable,
    "SERVER_IS_BUSY": WarehouseUnavailable,
    "DELTA_METADATA_CHANGED": WriteConflict,
    "DELTA_PROTOCOL_CHANGED": WriteConflict,
    "DELTA_SCHEMA_CHANGE_SINCE_ANALYSIS": WriteConflict,
    "INSERT_COLUMN_ARITY_MISMATCH": StatementInvalid,
}
# Class 08 as a whole is about systems that a statement calls (a federated database, a model), not about the warehouse.
_BY_STATE: tuple[tuple[str, type[PlatformError]], ...] = (
    ("2D521", WriteConflict),
    ("42P01", TableNotFound),
    ("42501", AccessDenied),
    ("0A", StatementRefused),
    ("42", StatementInvalid),
    ("57014", StatementTimeout),
    ("57KD0", StatementTimeout),
    ("HY008", StatementCancelled),
    ("08KD1", WarehouseUnavailable),
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
    """The sign-in was not taken, the statement did not run: once more, with a token fetched anew."""
    refused: bool = False
    """The workspace refused the request, and would again; the statement did not run unless it was running already."""

    @property
    def on_the_way(self) -> bool:
        """Whether it is about the way to the server, and not what the server said of the statement."""
        return self.session_lost or self.turned_away or self.broken or self.unauthorized or self.refused

    def under_way(self) -> Failure:
        """The same for a statement that the server had taken already: it may have run."""
        if not self.on_the_way:
            return self
        return Failure(self.error, broken=True)


def failure(raised: BaseException, outside: BaseException | None = None) -> Failure:
    """What an exception of the connector means; raises what is neither the connector's nor the network's.

    `outside` is what the caller was handling when it sent the statement, which has nothing to do with it.
    """
    chain = tuple(_chain(raised, outside))
    ours = next((error for error in chain if isinstance(error, PlatformError)), None)
    if ours is not None:  # our own, or what the credentials raised inside the connector
        return Failure(ours, turned_away=isinstance(ours, WarehouseUnavailable) and ours is not raised)
    names = frozenset(kind.__name__ for error in chain for kind in type(error).__mro__)
    if names.isdisjoint(("Error", "HTTPError", "OSError")):
        raise raised
    text = _text(raised)
    if _SESSION_GONE.search(text) and "ServerOperationError" not in names:
        return Failure(WarehouseUnavailable(f"The session of the warehouse has ended: {text}"), session_lost=True)
    if _OPERATION_GONE.match(text):
        return Failure(WarehouseUnavailable("The SQL warehouse gave up the statement while it ran."), broken=True)
    if names & _NETWORK:
        return _of_network(names)
    if "MaxRetryDurationError" in names:  # without a network error behind it: the server answered 429 or 503
        return Failure(WarehouseUnavailable("The SQL warehouse takes no further statement now."), turned_away=True)
    if "RequestError" in names:
        return _of_status(getattr(raised, "context", {}).get("http-code"), text)
    return Failure(statement_error(text))


def _of_network(names: frozenset[str]) -> Failure:
    sent = names.isdisjoint(_NOT_SENT)
    what = "The connection to the SQL warehouse broke." if sent else "The SQL warehouse cannot be reached."
    return Failure(WarehouseUnavailable(what), turned_away=not sent, broken=sent)


def _of_status(code: int | None, text: str) -> Failure:
    """An HTTP status that came instead of an answer."""
    if code == 401 or (code == 403 and _TOKEN.search(text)):
        expired = SignInExpired("The workspace does not take the sign-in any more: its token has expired.")
        return Failure(expired, unauthorized=True)
    if code == 403:
        return Failure(
            AccessDenied(
                "The workspace does not let this identity use the SQL warehouse.",
                next_step="Ask an administrator for the permission CAN USE on the warehouse, then ask again.",
            ),
            refused=True,
        )
    if code == 404:
        missing = "Check DATABRICKS_HOST and DATABRICKS_WAREHOUSE_ID, then start again."
        return Failure(
            WarehouseUnavailable("The workspace has no such SQL warehouse.", next_step=missing), refused=True
        )
    if code is not None and 400 <= code < 500:
        return Failure(StatementFailed(f"The workspace refused the request (HTTP {code}): {text}"), refused=True)
    status = f"HTTP {code}" if code is not None and code >= 500 else "an answer that cannot be read"
    return Failure(WarehouseUnavailable(f"The workspace failed ({status})."), broken=True)


def statement_error(text: str) -> PlatformError:
    """What the server said of a statement, typed by its error class, else by its SQLSTATE."""
    named, state = _CLASS.search(text) or _UNITY_CATALOG.search(text), _STATE.search(text)
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


def _chain(raised: BaseException, outside: BaseException | None) -> Iterator[BaseException]:
    """The exception and everything that it came from; the connector hides the cause in its arguments."""
    waiting: list[object] = [raised]
    seen = {id(outside)}
    while waiting:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, *current.args, getattr(current, "reason", None)]
