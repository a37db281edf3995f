"""The SDK's configuration: which workspace, and whose credentials."""

from __future__ import annotations

import os
import re
from typing import Any

from core.errors import SettingsError

PRODUCT, VERSION = "aiops-agentic-mas-platform", "0.1.0"
_NEEDED = "Set DATABRICKS_HOST and DATABRICKS_TOKEN, or the id and secret of a service principal."


def workspace_config(host: str | None, token: str | None) -> Any:
    """A token when one is given, else what the environment offers (an app's own identity).

    Raises SettingsError with what is missing.
    """
    if not host and not os.environ.get("DATABRICKS_HOST"):
        raise SettingsError("No workspace is named: DATABRICKS_HOST is not set.", next_step=_NEEDED)
    # Two kinds of credentials at once (an app's own beside a token) are an error of the SDK unless one is chosen.
    return _config(host, {"token": token, "auth_type": "pat"} if token else {})


def service_config(host: str | None, client_id: str, client_secret: str) -> Any:
    """A service principal by its id and secret; raises SettingsError."""
    chosen = {"client_id": client_id, "client_secret": client_secret, "auth_type": "oauth-m2m"}
    return _config(host, chosen)


def _config(host: str | None, chosen: dict[str, Any]) -> Any:
    from databricks.sdk.core import Config

    try:
        return Config(
            host=host,
            product=PRODUCT,
            product_version=VERSION,
            retry_timeout_seconds=30,
            http_timeout_seconds=60,
            **chosen,
        )
    except ValueError as error:
        raise SettingsError(
            f"The workspace's credentials cannot be used: {_reason(error)}.", next_step=_NEEDED
        ) from error


def _reason(error: ValueError) -> str:
    """The first clause of the SDK's message, without its links."""
    return re.split(r", please check|\. Config:|\n", str(error))[0].removeprefix("default auth: ").rstrip(".")
