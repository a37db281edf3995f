"""From messages to turns."""

from __future__ import annotations

from agents.messages import UserRequest, UserResponse
from agents.transcript import to_turns
from core.bus import new_request
from core.bus.envelope import failure, replay_of, response_to
from core.bus.message import Content, Message
from core.errors import PlatformError
from core.ids import derived_id
from core.types import Response


def asked(question: str) -> Message:
    content = Content.of("user.request", UserRequest(question=question))
    return new_request(
        from_agent="user",
        to_agent="OrchestratorAgent",
        content=content,
        session_id="s1",
        user_id="ana",
        user_role="data_analyst",
    )


def answered(request: Message, answer: str) -> Message:
    response = Response(status="answered", answer=answer, correlation_id=request.correlation_id)
    return response_to(request, "OrchestratorAgent", Content.of("user.response", UserResponse(response=response)))


def gave_up(request: Message) -> Message:
    return response_to(request, "OrchestratorAgent", failure(PlatformError("It broke.")))


def test_questions_come_with_their_answers_in_the_order_in_which_they_were_asked() -> None:
    first, second = asked("How many orders?"), asked("And customers?")
    turns = to_turns([first, second, answered(first, "7")])
    assert [(turn.question, turn.response and turn.response.answer) for turn in turns] == [
        ("How many orders?", "7"),
        ("And customers?", None),
    ]


def test_a_request_that_was_tried_again_is_one_turn_with_its_newest_answer() -> None:
    first, second = asked("How many orders?"), asked("And customers?")
    again = replay_of(first, derived_id(first.message_id, "replay"))
    assert again.correlation_id == first.correlation_id
    failed = [first, gave_up(first), second, again]
    before, _ = to_turns(failed)
    assert before.response is not None
    assert before.response.status == "failed"
    after, other = to_turns([*failed, answered(again, "7")])
    assert (after.question, after.asked_at) == ("How many orders?", first.timestamp)
    assert after.response is not None
    assert after.response.answer == "7"
    assert other.question == "And customers?"
