"""What a role may not read is for it as if it did not exist: in passages, answers, reasons, lists and scores."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import NotFound
from core.knowledge import Embedder, Knowledge
from core.knowledge.document import split_front_matter
from tests.unit.knowledge.conftest import HANDBOOK, OpenWarehouse
from tests.unit.knowledge.test_answers import QUESTIONS

ROLES = ("admin", "data_engineer", "data_analyst", "knowledge_curator")
PAGES = {page: split_front_matter(page.read_text(encoding="utf-8")) for page in sorted(HANDBOOK.glob("*.md"))}
FORBIDDEN_WORDS = sorted(
    {word for matter, body in PAGES.values() if matter.readers is not None for word in body.split()}
)


def readable(role: str) -> list[Path]:
    return [page for page, (matter, _) in PAGES.items() if matter.readers is None or role in matter.readers]


@pytest.fixture(scope="module")
def without_forbidden(
    open_warehouse: OpenWarehouse, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Knowledge]:
    """For each role a knowledge base that never held what the role may not read."""
    bases = {}
    for role in ROLES:
        base = Knowledge(open_warehouse(tmp_path_factory.mktemp(role)), embedder=embedder)
        base.ingest(readable(role))
        base.embed_missing()
        bases[role] = base
    return bases


questions = st.one_of(
    st.sampled_from([asked["q"] for asked in QUESTIONS["answerable"] + QUESTIONS["unanswerable"]]),
    st.lists(st.sampled_from(FORBIDDEN_WORDS), min_size=1, max_size=12).map(" ".join),
    st.text(max_size=60),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=questions, role=st.sampled_from(ROLES))
def test_the_result_is_the_same_as_if_forbidden_pages_did_not_exist(
    handbook: Knowledge, without_forbidden: dict[str, Knowledge], question: str, role: str
) -> None:
    found = handbook.retrieve(question, role)
    allowed = {f"handbook/{page.name}" for page in readable(role)}
    assert {passage.document_id for passage in found.passages} <= allowed
    assert found == without_forbidden[role].retrieve(question, role)


@pytest.mark.parametrize(
    ("question", "role", "page"),
    [
        ("What is the pay band of a data engineer?", "data_engineer", "admin-pay-bands"),
        ("When does the nightly load start?", "data_analyst", "runbook-nightly-load"),
        ("Who must approve a drafted page?", "data_engineer", "curator-publishing-guide"),
    ],
)
def test_a_question_about_a_forbidden_page_is_declined_like_one_about_nothing(
    handbook: Knowledge, question: str, role: str, page: str
) -> None:
    assert handbook.retrieve(question, "admin").answer is not None
    found = handbook.retrieve(question, role)
    assert found.answer is None
    assert all(page not in passage.document_id for passage in found.passages)


def test_reasons_never_name_other_readers(handbook: Knowledge) -> None:
    found = handbook.retrieve("When does the nightly load start?", "data_engineer")
    assert found.passages[0].why.endswith("limited to certain roles, data_engineer among them")
    assert all("admin" not in passage.why for passage in found.passages)


def test_lists_hold_readable_documents_only(handbook: Knowledge) -> None:
    for role in ROLES:
        assert [info.document_id for info in handbook.documents(role)] == sorted(
            f"handbook/{page.name}" for page in readable(role)
        )


def test_a_forbidden_document_and_a_missing_one_raise_alike(handbook: Knowledge) -> None:
    assert "46,000" in handbook.document("handbook/admin-pay-bands.md", "admin").text
    messages = set()
    for document_id in ("handbook/admin-pay-bands.md", "handbook/no-such-page.md"):
        with pytest.raises(NotFound) as raised:
            handbook.document(document_id, "data_analyst")
        messages.add((raised.value.message, raised.value.next_step))
    assert len(messages) == 1


def test_an_unknown_role_reads_open_pages_only(handbook: Knowledge) -> None:
    assert all(info.readers is None for info in handbook.documents("stranger"))
