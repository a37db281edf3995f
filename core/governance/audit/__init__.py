"""The audit log: who did what, in signed chains of which nothing can be changed or taken away unnoticed.

Against whom: somebody who can write the tables. Not against somebody who has the runtime key as well.
"""

from core.governance.audit.chain import Keys
from core.governance.audit.entry import AuditEntry
from core.governance.audit.forged_rows import ForgedRows
from core.governance.audit.heads import FileHeads, Head, Heads, HeadsKept
from core.governance.audit.log import AuditLog
from core.governance.audit.published_heads import AllHeads, Files, LaterHeads, StreamHeads, VolumeHeads
from core.governance.audit.reading import AuditFilter, AuditRow
from core.governance.audit.verification import Problem, ProblemKind, Verification
from core.governance.audit.vocabulary import ACTIONS, AuditAction

__all__ = [
    "ACTIONS",
    "AllHeads",
    "AuditAction",
    "AuditEntry",
    "AuditFilter",
    "AuditLog",
    "AuditRow",
    "FileHeads",
    "Files",
    "ForgedRows",
    "Head",
    "Heads",
    "HeadsKept",
    "Keys",
    "LaterHeads",
    "Problem",
    "ProblemKind",
    "StreamHeads",
    "Verification",
    "VolumeHeads",
]
