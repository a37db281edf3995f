"""One call of the workspace's REST API through the SDK, and what its failures mean here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from core.errors import AccessDenied, NotFound, SignInExpired, WarehouseUnavailable

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


def json_call(
    config: Any,
    method: str,
    path: str,
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The JSON object that the workspace answers with; empty when it gives none."""
    from databricks.sdk.core import ApiClient

    def call() -> Any:
        return ApiClient(config).do(method, path, query=dict(query or {}), body=dict(body) if body else None)

    answer = typed(call, path)
    return dict(answer) if isinstance(answer, dict) else {}


def typed(call: Callable[[], Result], path: str) -> Result:
    """What `call` gives. Raises SignInExpired, AccessDenied, NotFound or WarehouseUnavailable."""
    from databricks.sdk import errors
    from databricks.sdk.errors.base import DatabricksError

    try:
        return call()
    except errors.Unauthenticated as error:
        raise SignInExpired("The workspace does not take the sign-in: its token is wrong or has expired.") from error
    except errors.PermissionDenied as error:
        raise AccessDenied(f"The workspace refuses {path}: {error}") from error
    except errors.NotFound as error:
        raise NotFound(f"The workspace has nothing at {path}: {error}") from error
    except (DatabricksError, OSError, ValueError) as error:
        _log.warning("%s of the workspace failed: %s", path, error)
        raise WarehouseUnavailable(f"The workspace cannot be reached or does not answer: {error}") from error
