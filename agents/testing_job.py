"""The job `tests`: TestCaseAgent is asked over the bus to write what a schema lacks and to run all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from agents.messages import TestsGenerateRequest, TestsRan, TestsRunRequest, TestsWritten
from core.bus import failure_of, new_request
from core.bus.message import Content
from core.errors import PlatformError
from core.ids import new_id
from core.types import Code, Frozen

if TYPE_CHECKING:
    from agents.platform import Platform

AGENT = "TestCaseAgent"
PATIENCE_S = 3600.0
MOST_TABLES = 500
Reply = TypeVar("Reply", bound=Frozen)


@dataclass(frozen=True)
class TestingJob:
    """Which schema, with whose rights."""

    __test__ = False

    role: str
    user: str | None = None
    schema: str | None = None
    renew: bool = False


class TestsRunner:
    """Asks as one person, in one correlation; raises the agent's own error."""

    __test__ = False

    def __init__(self, platform: Platform, job: TestingJob) -> None:
        self._platform = platform
        self._job = job
        self._user = platform.acting_user(job.user)
        platform.catch_up()
        platform.directory.check(self._user, job.role)
        self._correlation, self._session = new_id(platform.clock), new_id(platform.clock)

    def write(self) -> TestsWritten:
        """Write the tests that are missing."""
        request = TestsGenerateRequest(schema_name=self._job.schema, renew=self._job.renew, most_tables=MOST_TABLES)
        return self._ask("tests.generate", request, TestsWritten)

    def run(self, target: str) -> TestsRan:
        """Run all tests of a target."""
        return self._ask("tests.run", TestsRunRequest(target=target), TestsRan)

    def export(self, target: str, form: Literal["pytest", "sql"]) -> Code | None:
        """The tests of a target as a file; nothing is run."""
        request = TestsRunRequest(target=target, export=form, run=False)
        return self._ask("tests.run", request, TestsRan).code

    def _ask(self, kind: str, body: Frozen, reply: type[Reply]) -> Reply:
        message = new_request(
            from_agent="user",
            to_agent=AGENT,
            content=Content.of(kind, body),
            session_id=self._session,
            user_id=self._user,
            user_role=self._job.role,
            correlation_id=self._correlation,
            expires_in_s=self._platform.settings.bus.maximum_seconds,
            clock=self._platform.clock,
        )
        answer = self._platform.bus.request(message).result(PATIENCE_S)
        failure = failure_of(answer)
        if failure is not None:
            raise PlatformError(failure.message, next_step=failure.next_step)
        return reply.model_validate(answer.content.body)
