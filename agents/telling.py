"""A result in one honest sentence and as a drawing, from the semantic query that it came from."""

from __future__ import annotations

from agents.messages import GenerateResponse, QueryResponse
from agents.planning.answer import Telling
from core.semantic import SemanticQuery
from core.semantic.chart import chart
from core.semantic.compile import repeats_across_groups
from core.semantic.headline import headline
from core.semantic.verified.shape import shape_of


def tell(generated: GenerateResponse, result: QueryResponse) -> Telling:
    """The sentence and the chart for a result; says how many rows there are where nothing better can be said."""
    query = SemanticQuery.model_validate_json(generated.semantic_query) if generated.semantic_query else None
    query = query or shape_of(result.columns, result.rows)
    if query is None:
        return Telling(f"{result.row_count:,} rows.")
    apart = result.sql is None or not repeats_across_groups(result.sql)
    sentence = headline(query, result.columns, result.rows, truncated=result.truncated, apart=apart)
    return Telling(sentence, chart(query, result.columns, result.rows))
