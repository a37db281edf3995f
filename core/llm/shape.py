"""Asking for an object of a given shape, in the dialects that endpoints speak, and checking that it came."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from core.errors import ModelAnswerInvalid
from core.llm.port import ChatMessage

Dialect = Literal["json_schema", "json_object_schema", "json_object", "plain"]
DIALECTS: tuple[Dialect, ...] = ("json_schema", "json_object_schema", "json_object", "plain")
"""From the strictest on; an endpoint that refuses one is asked in the next from then on."""
_SIZES = ("maxLength", "minLength")
"""What is only checked here: as a grammar a length is thousands of rules, which servers refuse or break on."""
_FENCED = re.compile(r"^\s*```(?:json)?\s*\n(?P<inside>.*?)\n?\s*```\s*$", re.DOTALL)
_REFUSED = re.compile(r"response_format|json_schema|json_object|grammar|structured output", re.IGNORECASE)


def response_format(dialect: Dialect, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The field of the request that asks for the shape; None where only the words ask for it."""
    if dialect == "json_schema":
        return {"type": "json_schema", "json_schema": {"name": "answer", "schema": _enforced(schema), "strict": True}}
    if dialect == "json_object_schema":
        return {"type": "json_object", "schema": _enforced(schema)}
    return {"type": "json_object"} if dialect == "json_object" else None


def _enforced(schema: Any) -> Any:
    """The part of a schema that a decoder is held to: all but the lengths of texts. A property may have such a name."""
    if isinstance(schema, list):
        return [_enforced(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {key: value for key, value in schema.items() if key not in _SIZES}
    named = kept.get("properties")
    made = {key: _enforced(value) for key, value in kept.items() if key not in ("properties", "enum", "const")}
    made |= {key: kept[key] for key in ("enum", "const") if key in kept}
    return made | ({"properties": {name: _enforced(each) for name, each in named.items()}} if named else {})


def asked_in_words(
    messages: Sequence[ChatMessage], dialect: Dialect, schema: Mapping[str, Any]
) -> tuple[ChatMessage, ...]:
    """The messages, with the shape in words at the very end where the endpoint does not enforce it."""
    if dialect in ("json_schema", "json_object_schema"):
        return tuple(messages)
    said = f"Answer with one JSON object and nothing else. It must fit this JSON schema:\n{json.dumps(schema)}"
    last = messages[-1]
    return (*messages[:-1], last.model_copy(update={"content": f"{last.content}\n\n{said}"}))


def refuses_shape(status: int, body: str) -> bool:
    """Whether an error means the dialect, not the request."""
    return status in (400, 404, 415, 422, 500, 501) and _REFUSED.search(body) is not None


def parsed(text: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object in an answer; raises ModelAnswerInvalid, whose message tells the model what is wrong with it."""
    from jsonschema import Draft202012Validator

    fenced = _FENCED.match(text)
    try:
        value = json.loads(fenced["inside"] if fenced else text, strict=False)  # grammars let bare line breaks through
    except (ValueError, RecursionError) as error:
        raise ModelAnswerInvalid(f"The answer is not one JSON object: {error}.") from error
    if not isinstance(value, dict):
        raise ModelAnswerInvalid("The answer is JSON, but not an object.")
    problem = next(iter(sorted(Draft202012Validator(schema).iter_errors(value), key=lambda e: list(e.path))), None)
    if problem is not None:
        place = ".".join(str(part) for part in problem.absolute_path) or "the object"
        raise ModelAnswerInvalid(f"The answer does not fit the schema at {place}: {problem.message[:300]}.")
    return value


def once_more(messages: Sequence[ChatMessage], answer: str, problem: str) -> tuple[ChatMessage, ...]:
    """The conversation with the answer that did not fit and what was wrong with it."""
    said = f"{problem} Answer again with one JSON object that fits the schema, and nothing else."
    return (
        *messages,
        ChatMessage(role="assistant", content=answer[:4000]),
        ChatMessage(role="user", content=said),
    )
