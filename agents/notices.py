"""The webhook that the settings name, if there is one."""

from __future__ import annotations

from config.settings import Settings
from core.clock import Clock
from core.errors import SettingsError
from core.governance.notices import Webhook, WebhookTarget
from core.governance.notices.webhook import Undelivered


def open_webhook(
    settings: Settings, clock: Clock, undelivered: Undelivered = lambda notice, why: None
) -> Webhook | None:
    """The webhook, or None when none is named; raises SettingsError when it may not be called or has no secret."""
    chosen = settings.notices.webhook
    if chosen is None:
        return None
    if settings.webhook_secret is None:
        raise SettingsError(
            "notices.webhook is set, and there is no secret to sign with.",
            next_step="Set AIOPS_WEBHOOK_SECRET to the secret that the receiver knows.",
        )
    target = WebhookTarget(secret=settings.webhook_secret, **chosen.model_dump())
    return Webhook(target, clock=clock, undelivered=undelivered)
