"""The context follows the question, and only where it is carried."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from core.telemetry import Context, carry, current, within


def test_outside_of_a_question_all_is_empty() -> None:
    assert current() == Context()


def test_the_block_s_context_ends_with_it() -> None:
    with within("c1", "s1", user_id="ana", user_role="data_analyst"):
        assert (current().correlation_id, current().session_id, current().user_id) == ("c1", "s1", "ana")
        with within("c2"):
            assert current().correlation_id == "c2"
        assert current().correlation_id == "c1"
    assert current().correlation_id == ""


def test_a_new_thread_starts_without_context_unless_it_is_carried() -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(current().correlation_id)

    with within("c1"):
        for function in (look, carry(look)):
            thread = threading.Thread(target=function)
            thread.start()
            thread.join()
    assert seen == ["", "c1"]


def test_one_carried_function_may_run_in_many_threads_at_once() -> None:
    barrier = threading.Barrier(4)

    def read(number: int) -> tuple[int, str]:
        barrier.wait(5)
        return number, current().correlation_id

    with within("c1"):
        carried = carry(read)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(carried, range(4))) == [(number, "c1") for number in range(4)]
