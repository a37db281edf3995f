"""The adapter against a loopback endpoint that streams, truncates, turns away, misunderstands and stalls."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import BudgetExhausted, Cancelled, ModelAnswerInvalid, ModelContextExceeded, ModelUnavailable
from core.llm import Breaker, ChatMessage, ChatModel, ChatOptions, Completion, PromptRef, Sampling, ToolSpec
from core.telemetry import Telemetry
from core.types import Cancellation, Tokens
from core.warehouse import EmbeddedWarehouse
from tests.model_server import (
    Behaviour,
    ModelServer,
    broken_off,
    dropped,
    forgetful,
    json_answer,
    raw,
    refusing_schema,
    short_sighted,
    slow,
    stalled,
    status,
    text,
    tool_call,
    truncated,
)

PROMPT = PromptRef(name="test", version=3, hash="abcdef012345")
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["n"],
    "properties": {"n": {"type": "integer"}},
}
KEY = "sk-canary-0123456789"


class Purse:
    """Counts what was spent; says no once `calls` are made."""

    def __init__(self, calls: int = 100) -> None:
        self.calls, self.spent = calls, list[tuple[Tokens | None, str]]()

    def check(self) -> None:
        if len(self.spent) >= self.calls:
            raise BudgetExhausted("The model calls are spent.")

    def spend(self, tokens: Tokens | None, model: str) -> None:
        self.spent.append((tokens, model))


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="module")
def telemetry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telemetry]:
    warehouse = EmbeddedWarehouse(tmp_path_factory.mktemp("llm") / "tables")
    yield Telemetry(warehouse)
    warehouse.close()


def model(server: ModelServer, telemetry: Telemetry, *names: str, **options: object) -> ChatModel:
    chosen = ChatOptions(**{"seconds": 5, **options})  # type: ignore[arg-type]
    return ChatModel(server.url, names or ("m",), lambda: {"Authorization": f"Bearer {KEY}"}, telemetry, options=chosen)


def say(chat: ChatModel, words: str = "Hi", *, purse: Purse | None = None, **more: object) -> Completion:
    messages = [ChatMessage(role="system", content="S"), ChatMessage(role="user", content=words)]
    return chat.complete(messages, prompt=PROMPT, allowance=purse or Purse(), **more)  # type: ignore[arg-type]


def _spans(telemetry: Telemetry) -> list[dict[str, object]]:
    rows = telemetry._spans.take() if hasattr(telemetry._spans, "take") else list(telemetry._spans._rows)
    return [row for row in rows if row["kind"] == "model"]


def test_an_answer_comes_with_what_it_took(server: ModelServer, telemetry: Telemetry) -> None:
    purse = Purse()
    server.queue(text("Good day to you."))
    answer = say(model(server, telemetry), purse=purse, sampling=Sampling(temperature=0.2, max_tokens=9))
    assert (answer.text, answer.model, answer.finish_reason) == ("Good day to you.", "loopback-model", "stop")
    assert answer.tokens == Tokens(in_=1, out=4) == purse.spent[0][0]
    body = server.asked[0].body
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("m", 0.2, 9)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert server.asked[0].path == "/v1/chat/completions"


def test_a_stream_gives_its_pieces_and_the_same_answer(server: ModelServer, telemetry: Telemetry) -> None:
    pieces: list[str] = []
    server.queue(text("One two three four five."))
    answer = say(model(server, telemetry), on_text=pieces.append)
    assert len(pieces) > 2
    assert "".join(pieces) == answer.text == "One two three four five."
    assert answer.tokens == Tokens(in_=1, out=6)


def test_tokens_that_nobody_counted_are_unknown(server: ModelServer, telemetry: Telemetry) -> None:
    purse = Purse()
    server.queue(forgetful("x"))
    assert say(model(server, telemetry), purse=purse).tokens is None
    assert purse.spent == [(None, "m")]


@pytest.mark.parametrize(
    ("refused", "shape"),
    [
        ((), "json_schema"),
        (("json_schema",), "json_object"),
        (("json_schema", "json_object"), None),
    ],
)
def test_an_object_is_asked_for_as_the_endpoint_understands(
    refused: tuple[str, ...], shape: str | None, server: ModelServer, telemetry: Telemetry
) -> None:
    server.usual = refusing_schema(json_answer({"n": 7}), kinds=refused)
    chat = model(server, telemetry)
    assert say(chat, schema=SCHEMA).parsed == {"n": 7}
    calls = len(server.asked)
    assert say(chat, schema=SCHEMA).parsed == {"n": 7}
    assert len(server.asked) == calls + 1, "what it understood is remembered"
    format_ = server.asked[-1].body.get("response_format")
    assert (format_ or {}).get("type") == shape
    assert ("JSON schema" in server.asked[-1].words) == (shape is None)


@pytest.mark.parametrize("refused", [(), ("json_schema",)])
def test_lengths_of_texts_are_checked_here_and_asked_of_no_decoder(
    refused: tuple[str, ...], server: ModelServer, telemetry: Telemetry
) -> None:
    lengthy = {
        "type": "object",
        "required": ["maxLength"],
        "properties": {
            "maxLength": {"type": "array", "maxItems": 2, "items": {"type": "string", "minLength": 1, "maxLength": 3}},
            "kind": {"enum": ["maxLength"]},
        },
    }
    server.usual = refusing_schema(json_answer({"maxLength": ["abc"]}), kinds=refused)
    chat = model(server, telemetry)
    assert say(chat, schema=lengthy).parsed == {"maxLength": ["abc"]}
    shape = server.asked[-1].body["response_format"]
    sent = shape["json_schema"]["schema"] if not refused else shape["schema"]
    assert sent == {
        "type": "object",
        "required": ["maxLength"],
        "properties": {
            "maxLength": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
            "kind": {"enum": ["maxLength"]},
        },
    }
    server.usual = json_answer({"maxLength": ["abcd"]})
    with pytest.raises(ModelAnswerInvalid, match="too long"):
        say(chat, schema=lengthy)


def test_a_text_may_hold_bare_line_breaks(server: ModelServer, telemetry: Telemetry) -> None:
    server.usual = text('{"sql": "SELECT 1\n\tAS one"}')
    answer = say(model(server, telemetry), schema={"type": "object", "properties": {"sql": {"type": "string"}}})
    assert (answer.parsed, len(server.asked)) == ({"sql": "SELECT 1\n\tAS one"}, 1)


@pytest.mark.parametrize("code", [400, 500])
def test_what_is_longer_than_its_context_is_told_and_not_sent_again(
    code: int, server: ModelServer, telemetry: Telemetry
) -> None:
    server.usual = short_sighted(100, text("short enough"), code=code)
    chat = model(server, telemetry)
    with pytest.raises(ModelContextExceeded, match="longer than the language model can read") as failure:
        say(chat, "a word " * 50)
    assert len(server.asked) == 1
    assert (failure.value.retryable, "context" in failure.value.next_step) == (False, True)
    assert say(chat, "a word").text == "short enough"


def test_a_misfit_that_does_not_fit_in_a_second_time_stays_a_misfit(server: ModelServer, telemetry: Telemetry) -> None:
    server.usual = short_sighted(100, text("prose " * 30))
    with pytest.raises(ModelAnswerInvalid, match="not one JSON object"):
        say(model(server, telemetry), schema=SCHEMA)
    assert len(server.asked) == 2


def test_a_misfit_that_may_not_be_asked_for_again_stays_a_misfit(server: ModelServer, telemetry: Telemetry) -> None:
    server.usual = text("prose")
    with pytest.raises(ModelAnswerInvalid, match="not one JSON object"):
        say(model(server, telemetry), schema=SCHEMA, purse=Purse(1))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        text("The number is 7."),
        text('{"n": 7'),
        text('{"n": "seven"}'),
        text('{"n": 7, "also": 1}'),
        text("[7]"),
        truncated('{"n": 7}'),
        text('Sure! {"n": 7}'),
    ],
)
def test_what_does_not_fit_is_asked_for_once_more(wrong: Behaviour, server: ModelServer, telemetry: Telemetry) -> None:
    purse = Purse()
    server.queue(wrong, text('```json\n{"n": 8}\n```'))
    assert say(model(server, telemetry), schema=SCHEMA, purse=purse).parsed == {"n": 8}
    assert len(purse.spent) == 2
    assert server.asked[1].body["messages"][-2]["role"] == "assistant"
    server.queue(wrong, wrong)
    with pytest.raises(ModelAnswerInvalid):
        say(model(server, telemetry), schema=SCHEMA)


def test_a_busy_endpoint_is_asked_again_as_it_says(server: ModelServer, telemetry: Telemetry) -> None:
    server.queue(status(429, retry_after="0.01"), status(503, retry_after="0"), text("now"))
    assert say(model(server, telemetry)).text == "now"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("behaviour", "calls", "said"),
    [
        (status(429, retry_after="3600"), 1, "429"),
        (status(401), 1, "refused the caller"),
        (status(400, body=f"you sent {KEY}"), 1, "HTTP 400"),
        (status(503, retry_after="0"), 3, "HTTP 503"),
        (dropped(), 3, "cannot be reached"),
    ],
)
def test_an_endpoint_that_does_not_answer_is_told(
    behaviour: Behaviour, calls: int, said: str, server: ModelServer, telemetry: Telemetry
) -> None:
    server.usual = behaviour
    with pytest.raises(ModelUnavailable, match=said) as failure:
        say(model(server, telemetry, seconds=8))
    assert KEY not in str(failure.value)
    assert len(server.asked) == calls


def test_a_stream_that_breaks_off_is_no_answer(server: ModelServer, telemetry: Telemetry) -> None:
    server.usual = broken_off("a rather long sentence that is cut")
    with pytest.raises(ModelUnavailable):
        say(model(server, telemetry, attempts=1), on_text=lambda piece: None)


def test_a_stream_that_stalls_ends_in_time(server: ModelServer, telemetry: Telemetry) -> None:
    server.usual = stalled("a rather long sentence that stops")
    with pytest.raises(ModelUnavailable):
        say(model(server, telemetry, seconds=0.6, attempts=1), on_text=lambda piece: None)


@pytest.mark.parametrize("behaviour", [stalled("a rather long sentence that stops"), slow(text("late"), 20)])
def test_a_person_can_stop_it_from_another_thread(
    behaviour: Behaviour, server: ModelServer, telemetry: Telemetry
) -> None:
    server.usual = behaviour
    stop = Cancellation()
    threading.Timer(0.3, stop.cancel).start()
    with pytest.raises(Cancelled):
        say(model(server, telemetry, seconds=20, attempts=1), on_text=lambda piece: None, cancellation=stop)


def test_nothing_is_sent_once_it_is_stopped_or_spent(server: ModelServer, telemetry: Telemetry) -> None:
    stop = Cancellation()
    stop.cancel()
    with pytest.raises(Cancelled):
        say(model(server, telemetry), cancellation=stop)
    with pytest.raises(BudgetExhausted):
        say(model(server, telemetry), purse=Purse(0))
    assert server.asked == []


def test_a_model_that_is_not_there_gives_way_to_the_next(telemetry: Telemetry) -> None:
    with ModelServer(known=("second",)) as server:
        chat = model(server, telemetry, "first", "second", "third")
        assert chat.name == "first"
        assert say(chat).text == "Hello."
        assert chat.name == "second"
        assert [asked.body["model"] for asked in server.asked] == ["first", "second"]


def test_tools_are_wishes_with_their_arguments(server: ModelServer, telemetry: Telemetry) -> None:
    tools = [ToolSpec(name="look", description="d", parameters={"type": "object"})]
    server.queue(tool_call("look", '{"at": "x"}'))
    answer = say(model(server, telemetry), tools=tools)
    assert (answer.finish_reason, answer.tool_calls[0].name, answer.tool_calls[0].arguments) == (
        "tool_calls",
        "look",
        {"at": "x"},
    )
    server.queue(tool_call("look", "{half"))
    with pytest.raises(ModelAnswerInvalid):
        say(model(server, telemetry), tools=tools)


@pytest.mark.parametrize("body", ["not json", "[]", '{"choices": []}', '{"choices": ["x"]}', ""])
def test_an_endpoint_that_talks_nonsense_is_told(body: str, server: ModelServer, telemetry: Telemetry) -> None:
    server.usual = raw(body)
    with pytest.raises(ModelAnswerInvalid):
        say(model(server, telemetry))


def test_a_call_is_a_span_without_a_price_and_without_words(
    server: ModelServer, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.queue(text("secret answer"))
    say(model(server, telemetry), "secret question")
    row = _spans(telemetry)[-1]
    assert (row["provider"], row["model"], row["prompt_version"]) == ("127.0.0.1", "m", "test@3")
    assert (row["tokens_in"], row["tokens_out"], row["cost"], row["unpriced"]) == (4, 3, None, 1)
    assert "abcdef012345" in str(row["attributes"])
    assert "secret" not in str(row)
    assert KEY not in caplog.text + str(row)
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("behaviour", "unpriced"),
    [(slow(text("late"), 20), 1), (dropped(), 1), (status(400), 0), (status(503, retry_after="9"), 0)],
)
def test_what_was_sent_and_never_answered_is_unpriced_and_not_free(
    behaviour: Behaviour, unpriced: int, server: ModelServer, telemetry: Telemetry
) -> None:
    server.usual = behaviour
    with pytest.raises(ModelUnavailable):
        say(model(server, telemetry, seconds=0.4, attempts=1))
    row = _spans(telemetry)[-1]
    assert (row["cost"], row["unpriced"], "tokens_in" in row) == (None, unpriced, False)


def test_an_endpoint_that_keeps_failing_is_left_alone_for_a_while() -> None:
    clock = ManualClock()
    breaker = Breaker(clock, failures=2, rest_s=30)
    breaker.failed()
    breaker.check()
    breaker.failed()
    with pytest.raises(ModelUnavailable, match="2 times in a row"):
        breaker.check()
    clock.advance(31)
    breaker.check()  # the trial
    with pytest.raises(ModelUnavailable):
        breaker.check()
    breaker.failed()
    clock.advance(31)
    breaker.check()
    breaker.succeeded()
    breaker.check()


@pytest.mark.parametrize("trial", [slow(text("late"), 20), raw("not json")])
def test_a_trial_that_is_stopped_or_nonsense_does_not_shut_an_endpoint_out(
    trial: Behaviour, server: ModelServer, telemetry: Telemetry
) -> None:
    clock = ManualClock()
    chosen = ChatOptions(seconds=5, attempts=1)
    chat = ChatModel(server.url, ["m"], dict, telemetry, options=chosen, clock=clock)
    server.queue(*[status(503)] * 5, trial)
    for _ in range(5):
        with pytest.raises(ModelUnavailable):
            say(chat)
    clock.advance(31)
    stop = Cancellation()
    threading.Timer(0.2, stop.cancel).start()
    with pytest.raises((Cancelled, ModelAnswerInvalid)):
        say(chat, cancellation=stop)
    assert say(chat).text == "Hello."


def test_settings_name_a_model_and_never_its_key(tmp_path: Path) -> None:
    from agents.engines import Engine, open_model
    from config.settings import load_settings
    from core.clock import SystemClock
    from core.errors import SettingsError

    engine = Engine(None, None, None)  # type: ignore[arg-type]
    names = {"LLM_ENDPOINT": "m", "LLM_BASE_URL": "http://127.0.0.1:1/v1", "LLM_API_KEY": KEY}
    settings = load_settings(home=tmp_path, environ=names)
    assert KEY not in repr(settings)
    chosen = open_model(settings, engine, None, SystemClock())  # type: ignore[arg-type]
    assert chosen is not None
    assert chosen.name == "m"
    for off in ({}, {"LLM_ENDPOINT": "none", "LLM_BASE_URL": "http://127.0.0.1:1/v1"}):
        assert open_model(load_settings(home=tmp_path, environ=off), engine, None, SystemClock()) is None  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="LLM_BASE_URL"):
        open_model(load_settings(home=tmp_path, environ={"LLM_ENDPOINT": "m"}), engine, None, SystemClock())  # type: ignore[arg-type]


def test_credentials_that_cannot_be_had_are_told_without_their_text(server: ModelServer, telemetry: Telemetry) -> None:
    def headers() -> dict[str, str]:
        raise ValueError(f"bad token {KEY}")

    chat = ChatModel(server.url, ["m"], headers, telemetry, options=ChatOptions(attempts=1))
    with pytest.raises(ModelUnavailable, match="no credentials") as failure:
        say(chat)
    assert KEY not in f"{failure.value} {failure.value.next_step} {failure.value.__cause__}"


def test_the_time_of_repetitions_counts(server: ModelServer, telemetry: Telemetry) -> None:
    server.usual = status(503, retry_after="4")
    started = time.monotonic()
    with pytest.raises(ModelUnavailable):
        say(model(server, telemetry, seconds=2))
    assert len(server.asked) == 1, f"after {time.monotonic() - started:.1f} s"
