"""Who a connection belongs to: the platform's own identity, or a person's forwarded token, kept in memory only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from core.errors import AccessDenied, SignInExpired, WarehouseUnavailable
from core.types import EXECUTOR, PLATFORM, Principal

Headers = Callable[[], Mapping[str, str]]
"""Called when a session is opened, and before a request once the token of the session has expired."""


class Credentials(Protocol):
    """Gives the request headers of a principal; raises SignInExpired when there is no token for a person.

    Asked before every statement, so it must be cheap; what it gives is called when a session is opened.
    """

    def headers(self, principal: Principal) -> Headers: ...


class UserTokens:
    """The forwarded access tokens of the people who are here, by user id; never written anywhere."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()

    def keep(self, user_id: str, token: str) -> None:
        """Take the token that came with a person's newest request."""
        with self._lock:
            self._tokens[user_id] = token

    def forget(self, user_id: str) -> None:
        """A person has signed out, or the workspace no longer takes the token."""
        with self._lock:
            self._tokens.pop(user_id, None)

    def of(self, user_id: str) -> str:
        """Raises SignInExpired when the person is not here."""
        with self._lock:
            token = self._tokens.get(user_id)
        if token is None:
            raise SignInExpired(f"There is no sign-in of {user_id} at hand, and nobody else may ask in that name.")
        return token


NO_EXECUTOR = "No executor is set up, and nobody's own rights are used for an approved run."
_NAME_AN_EXECUTOR = (
    "Set DATABRICKS_EXECUTOR_CLIENT_ID and DATABRICKS_EXECUTOR_CLIENT_SECRET to a service principal without rights on "
    "the platform's own schema, then start the platform again."
)


class WorkspaceCredentials:
    """The SDK's configuration for the platform itself, and people's tokens for what they ask.

    `own_user` gives the person whom the configuration's own credentials belong to (a laptop with a personal token):
    what that person asks goes out with them. Without one, as in an app, every person needs a forwarded token.
    """

    def __init__(
        self,
        config: Any,
        tokens: UserTokens,
        own_user: Callable[[], str | None] = lambda: None,
        *,
        executor: Any = None,
    ) -> None:
        """`executor` is the configuration of the service principal that approved runs use; None: there are none."""
        self._config = config
        self._tokens = tokens
        self._own_user = own_user
        self._executor = executor

    def check_executor(self) -> None:
        """Raise AccessDenied when approved runs have nobody to run as."""
        if self._executor is None:
            raise AccessDenied(NO_EXECUTOR, next_step=_NAME_AN_EXECUTOR)

    def headers(self, principal: Principal) -> Headers:
        if principal.user_id == EXECUTOR:
            self.check_executor()
            return lambda: _fetched(self._executor)
        if principal == PLATFORM or principal.user_id == self._own_user():
            return lambda: _fetched(self._config)
        if principal.user_id == PLATFORM.user_id:  # connections are kept by this name
            raise AccessDenied(f"{PLATFORM.user_id!r} is the platform's own name, and no person may ask with it.")
        self._tokens.of(principal.user_id)
        return lambda: {"Authorization": f"Bearer {self._tokens.of(principal.user_id)}"}


def _fetched(config: Any) -> Mapping[str, str]:
    """What the SDK fetches; raises SignInExpired or WarehouseUnavailable in place of its own errors."""
    try:
        found: Mapping[str, str] = config.authenticate()
    except OSError as error:
        raise WarehouseUnavailable("The platform's own token cannot be fetched: the workspace is silent.") from error
    except ValueError as error:
        raise SignInExpired(
            "The workspace gives the platform no token: its credentials are wrong or have expired.",
            next_step="Correct the id and secret of the service principal, then start the platform again.",
        ) from error
    return found
