"""Guards: what code may run for which role. They read code and policy, and hold no warehouse."""

from core.codecheck.operations import Risk
from core.codecheck.python_guard import PythonGuard
from core.codecheck.review import Review, Verdict
from core.codecheck.sql_guard import SqlGuard

__all__ = ["PythonGuard", "Review", "Risk", "SqlGuard", "Verdict"]
