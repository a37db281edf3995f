"""Notices: people are told of approvals and alerts outside of the console, by a signed webhook."""

from core.governance.notices.delivery import SIGNATURE, TIMESTAMP, Outcome, WebhookTarget, signature
from core.governance.notices.notice import (
    AlertFacts,
    ApprovalFacts,
    Notice,
    NoticeKind,
    alerted,
    decided,
    overdue,
    requested,
    tested,
)
from core.governance.notices.webhook import Webhook

__all__ = [
    "SIGNATURE",
    "TIMESTAMP",
    "AlertFacts",
    "ApprovalFacts",
    "Notice",
    "NoticeKind",
    "Outcome",
    "Webhook",
    "WebhookTarget",
    "alerted",
    "decided",
    "overdue",
    "requested",
    "signature",
    "tested",
]
