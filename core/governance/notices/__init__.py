"""Notices: people are told of approvals outside of the console, by a signed webhook."""

from core.governance.notices.delivery import SIGNATURE, TIMESTAMP, WebhookTarget, signature
from core.governance.notices.notice import ApprovalFacts, Notice, NoticeKind, decided, overdue, requested
from core.governance.notices.webhook import Webhook

__all__ = [
    "SIGNATURE",
    "TIMESTAMP",
    "ApprovalFacts",
    "Notice",
    "NoticeKind",
    "Webhook",
    "WebhookTarget",
    "decided",
    "overdue",
    "requested",
    "signature",
]
