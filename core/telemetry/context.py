"""Which question is being worked on: correlation, session, person, agent and span, carried by a context variable.

A new thread starts without it; hand it `carry(function)` to take the present context along.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Context:
    """Empty strings where nothing is known; `span_id` is the span that encloses the present code."""

    correlation_id: str = ""
    session_id: str = ""
    user_id: str = ""
    user_role: str = ""
    span_id: str | None = None
    agent: str = ""
    """Who is at work on it."""


_NOTHING = Context()
_current: contextvars.ContextVar[Context] = contextvars.ContextVar("aiops_context", default=_NOTHING)


def current() -> Context:
    """The context of the running code; all empty outside of a question."""
    return _current.get()


@contextmanager
def within(
    correlation_id: str,
    session_id: str = "",
    *,
    user_id: str = "",
    user_role: str = "",
    span_id: str | None = None,
    agent: str = "",
) -> Iterator[Context]:
    """Everything inside the block belongs to this question; `span_id` is a parent span in another thread or process."""
    context = Context(correlation_id, session_id, user_id, user_role, span_id, agent)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


@contextmanager
def under_span(span_id: str, correlation_id: str) -> Iterator[Context]:
    """Everything inside the block has `span_id` as its parent."""
    context = replace(_current.get(), span_id=span_id, correlation_id=correlation_id)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def carry(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, which runs in the context of this moment whichever thread calls it, and however often."""
    snapshot = contextvars.copy_context()

    def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        return snapshot.copy().run(function, *args, **kwargs)

    return carried
