"""Sentences about numbers of rows and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def many(number: int | None, noun: str = "row", *, estimated: bool = False) -> str:
    """`no rows`, `1 row`, `1,234 rows`, `an unknown number of rows`."""
    if number is None:
        return f"an unknown number of {noun}s"
    about = "about " if estimated else ""
    if number == 0:
        return f"{about}no {noun}s"
    return f"{about}{number:,} {noun}{'' if number == 1 else 's'}"


def share(number: int | None, total: int | None) -> str:
    """`2 of 10 rows`."""
    return many(number) if number is None or total is None else f"{number:,} of {many(total)}"


def differing(changed: Mapping[str, int]) -> str | None:
    """Which columns would hold another value, and in how many rows; None when none is known."""
    if not changed:
        return None
    told = [f"{name} in {many(number)}" for name, number in changed.items() if number]
    same = [name for name, number in changed.items() if not number]
    if not told:
        return f"No value of {listed(same)} would differ."
    return f"Values that would differ: {listed(told)}." + (f" The same as before: {listed(same)}." if same else "")


def listed(items: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]])) if items else ""


def read_by(dependants: Sequence[str]) -> tuple[str, ...]:
    """A sentence about views that read what goes; none when there are none."""
    if not dependants:
        return ()
    verb = "reads" if len(dependants) == 1 else "read"
    return (f"{many(len(dependants), 'view')} {verb} it: {listed(dependants)}.",)
