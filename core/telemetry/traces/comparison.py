"""Two traces side by side: which steps both have, which only one, and what differs in each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from core.telemetry.traces.tree import Node, TraceTree

Key = tuple[int, str, int]
"""The place above, the name, and the how-manieth of that name there."""


@dataclass(frozen=True)
class Step:
    """One step of either trace; None where a trace does not have it."""

    name: str
    depth: int
    left: Node | None
    right: Node | None

    @property
    def differs(self) -> bool:
        """Whether it is in one of them only, or ended in another way."""
        if self.left is None or self.right is None:
            return True
        return self.left.row.status != self.right.row.status


@dataclass(frozen=True)
class Figures:
    """What a whole trace took."""

    spans: int
    duration_ms: float
    tokens: int
    cost: float | None
    unpriced: int
    statements: int
    failed: int


@dataclass(frozen=True)
class Comparison:
    left: Figures
    right: Figures
    steps: tuple[Step, ...]


def compare(left: TraceTree, right: TraceTree) -> Comparison:
    """Steps are the same when they have the same names above them and are the n-th of that name there."""
    places: dict[Key, int] = {}
    a, b = _placed(left, places), _placed(right, places)
    added: dict[int, list[int]] = {}
    anchor = -1
    for place in b:
        if place in a:
            anchor = place
        else:
            added.setdefault(anchor, []).append(place)
    merged = [*added.get(-1, ())]
    for place in a:
        merged += [place, *added.get(place, ())]
    return Comparison(figures(left), figures(right), tuple(_step(a.get(place), b.get(place)) for place in merged))


def figures(tree: TraceTree) -> Figures:
    """The sums that its roots hold."""
    roots = [tree.nodes[root].row for root in tree.roots if tree.nodes[root].row.kind != "wait"]
    costs = [row.cost for row in roots if row.cost is not None]
    return Figures(
        spans=len(tree.nodes),
        duration_ms=sum(row.duration_ms for row in roots),
        tokens=sum(row.tokens or 0 for row in roots),
        cost=sum(costs) if costs else None,
        unpriced=sum(row.unpriced for row in roots),
        statements=sum(int(row.values.get("statements") or 0) for row in roots),
        failed=sum(node.row.status == "error" for node in tree.nodes.values()),
    )


def _placed(tree: TraceTree, places: dict[Key, int]) -> dict[int, Node]:
    """The place of each span; the same number for the same step of either trace."""
    of_span: dict[str, int] = {}
    seen: Counter[tuple[int, str]] = Counter()
    found: dict[int, Node] = {}
    for span_id, node in tree.nodes.items():
        bare = (of_span[node.parent] if node.parent is not None else -1, node.row.name)
        seen[bare] += 1
        of_span[span_id] = place = places.setdefault((*bare, seen[bare]), len(places))
        found[place] = node
    return found


def _step(left: Node | None, right: Node | None) -> Step:
    shown = left or right
    assert shown is not None, "a step is in one of the traces at least"
    return Step(shown.row.name, shown.depth, left, right)
