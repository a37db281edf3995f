"""Many small cases in one test: each is checked, whatever the others gave, and each that fails is told of by its name.

A test of its own costs several times what one statement does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

_Case = TypeVar("_Case")


def check_each(cases: Iterable[_Case], check: Callable[[_Case], object], name: Callable[[_Case], str] = str) -> None:
    """Fail with all cases for which `check` raises; no cases at all are a failure too."""
    failed, checked = [], 0
    for case in cases:
        checked += 1
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:
            failed.append(f"{name(case)}\n    {type(error).__name__}: {error}")
    assert checked, "no case was checked"
    assert not failed, f"{len(failed)} of {checked} cases:\n" + "\n".join(failed)
