"""Tests of statements, tables and models: written from profiles and checked trees, run as reads, kept with history.

A check is a SELECT that returns violations. What cannot be tested is a Gap with its reason, never a guess.
"""

from core.testing.check import Answer, Check, Gap, Outcome, Read, Suite, statement_target
from core.testing.export import to_pytest, to_sql
from core.testing.integration import Keys, declared_keys, integration_tests
from core.testing.runner import CheckRunner
from core.testing.store import Author, Kept, TestStore, retire, settle
from core.testing.survey import Survey, take_survey
from core.testing.units import Subject, unit_tests

__all__ = [
    "Answer",
    "Author",
    "Check",
    "CheckRunner",
    "Gap",
    "Kept",
    "Keys",
    "Outcome",
    "Read",
    "Subject",
    "Suite",
    "Survey",
    "TestStore",
    "declared_keys",
    "integration_tests",
    "retire",
    "settle",
    "statement_target",
    "take_survey",
    "to_pytest",
    "to_sql",
    "unit_tests",
]
