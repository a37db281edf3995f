"""Ingest: versions, readers, and every file that is not a document named with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LoadError
from core.knowledge import Knowledge, KnowledgeOptions
from tests.unit.knowledge.conftest import HANDBOOK, OpenWarehouse


def write(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    write(folder, "tea.md", "# Tea\n\nTea is served at four in the garden room.\n")
    write(folder, "boats/ferry.md", "---\ntitle: Ferry\n---\nThe ferry leaves at seven every morning.\n")
    return folder


def test_a_second_ingest_of_the_same_files_writes_nothing(knowledge: Knowledge, pages: Path) -> None:
    first = knowledge.ingest(pages, collection="club")
    assert first.added == ("club/boats/ferry.md", "club/tea.md")
    assert first.chunks == 2
    second = knowledge.ingest(pages, collection="club")
    assert (second.added, second.changed, second.chunks) == ((), (), 0)
    assert second.unchanged == first.added
    assert second.documents == 2


def test_a_changed_document_gets_a_new_version_and_the_old_text_is_no_longer_found(
    knowledge: Knowledge, pages: Path
) -> None:
    knowledge.ingest(pages, collection="club")
    write(pages, "tea.md", "# Tea\n\nTea is served at five in the library.\n")
    report = knowledge.ingest(pages, collection="club")
    assert report.changed == ("club/tea.md",)
    assert report.unchanged == ("club/boats/ferry.md",)
    text = knowledge.document("club/tea.md", "anyone")
    assert text.info.version == 2
    assert "library" in text.text
    assert "garden room" not in text.text
    found = knowledge.retrieve("Where is tea served?", "anyone")
    assert all("garden" not in passage.passage for passage in found.passages)


def test_another_process_finds_new_documents_when_it_looks_again(
    open_warehouse: OpenWarehouse, tmp_path: Path, pages: Path
) -> None:
    warehouse = open_warehouse(tmp_path)
    reader, writer = Knowledge(warehouse), Knowledge(warehouse)
    assert reader.documents("anyone") == ()
    writer.ingest(pages)
    assert reader.refresh()
    assert len(reader.documents("anyone")) == 2
    assert not reader.refresh()


def test_readers_of_a_folder_limit_all_its_documents(knowledge: Knowledge, pages: Path) -> None:
    knowledge.ingest(pages, collection="club", default_readers=("data_analyst", "admin"))
    assert len(knowledge.documents("data_analyst")) == 2
    assert len(knowledge.documents("admin")) == 2
    assert knowledge.documents("data_engineer") == ()


def test_changed_readers_alone_make_a_new_version(knowledge: Knowledge, pages: Path) -> None:
    knowledge.ingest(pages, collection="club")
    report = knowledge.ingest(pages, collection="club", default_readers=("admin",))
    assert len(report.changed) == 2
    assert knowledge.documents("data_analyst") == ()


def test_front_matter_can_only_narrow_the_readers_of_a_folder(knowledge: Knowledge, tmp_path: Path) -> None:
    folder = tmp_path / "narrow"
    write(folder, "wide.md", "---\nreaders: [data_engineer, data_analyst]\n---\nThe harbour gate is green.\n")
    write(folder, "other.md", "---\nreaders: data_engineer\n---\nThe harbour gate is blue.\n")
    knowledge.ingest(folder, collection="gate", default_readers=("data_analyst", "admin"))
    assert [info.document_id for info in knowledge.documents("data_analyst")] == ["gate/wide.md"]
    assert [info.document_id for info in knowledge.documents("admin")] == ["gate/other.md"]
    assert knowledge.documents("data_engineer") == ()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.md", b"", "the file is empty"),
        ("blank.txt", b" \n\n ", "the file is empty"),
        ("picture.md", b"\x89PNG\x00\x00\x01", "binary, not text"),
        ("latin.txt", "Größe".encode("latin-1"), "not UTF-8 text (at byte 2)"),
        ("sheet.xlsx", b"PK", "type .xlsx is not one of .md, .mdx, .txt"),
        ("huge.txt", b"a" * 2_001, "larger than 2,000 bytes (2,001)"),
        ("only.mdx", b"import A from 'a'\n\n<A />\n", "no text in it"),
        ("nobody.md", b"---\nreaders: []\n---\nText.\n", "its list of readers is empty"),
        ("odd.md", b"---\nreaders: {a: b}\n---\nText.\n", "its readers must be a list of role names"),
        ("torn.md", b"---\nreaders: [admin\n---\nText.\n", "its front matter names readers but is not valid YAML"),
    ],
)
def test_a_file_that_is_no_document_is_skipped_with_its_reason(
    open_warehouse: OpenWarehouse, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    base = Knowledge(open_warehouse(tmp_path), options=KnowledgeOptions(largest_file=2_000))
    folder = tmp_path / "mixed"
    write(folder, name, content)
    write(folder, "good.md", "The lighthouse is open on Sundays.\n")
    report = base.ingest(folder, collection="mixed")
    assert report.added == ("mixed/good.md",)
    assert [(item.name, item.reason) for item in report.skipped] == [(name, reason)]


def test_utf_16_with_its_mark_is_read(knowledge: Knowledge, tmp_path: Path) -> None:
    file = write(tmp_path, "wide.txt", "The pier is closed in winter.".encode("utf-16"))
    assert knowledge.ingest(file, collection="pier").added == ("pier/wide.txt",)


def test_a_folder_that_does_not_exist_is_an_error(knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="does not exist"):
        knowledge.ingest(tmp_path / "nowhere")


def test_hidden_files_and_links_out_of_the_folder_are_left_out(knowledge: Knowledge, pages: Path) -> None:
    write(pages, ".secret.md", "Hidden.")
    outside = write(pages.parent, "outside.md", "Outside.")
    (pages / "link.md").symlink_to(outside)
    assert knowledge.ingest(pages, collection="club").documents == 2


def test_files_given_one_by_one_keep_their_place_under_their_common_folder(knowledge: Knowledge, pages: Path) -> None:
    report = knowledge.ingest([pages / "tea.md", pages / "boats" / "ferry.md"], collection="club")
    assert sorted(report.added) == ["club/boats/ferry.md", "club/tea.md"]


def test_progress_is_told_file_by_file(knowledge: Knowledge, pages: Path) -> None:
    told: list[tuple[int, int]] = []
    knowledge.ingest(pages, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_the_handbook_has_at_least_twenty_pages_with_title_owner_and_known_readers() -> None:
    roles = {"admin", "data_engineer", "data_analyst", "knowledge_curator"}
    from core.knowledge.document import split_front_matter

    matters = [split_front_matter(page.read_text(encoding="utf-8"))[0] for page in HANDBOOK.glob("*.md")]
    assert len(matters) >= 20
    assert all(matter.title and matter.owner for matter in matters)
    assert all(matter.readers is None or matter.readers <= roles for matter in matters)
    assert sum(matter.readers == frozenset({"admin"}) for matter in matters) >= 2


def test_a_document_whose_file_is_gone_is_withdrawn_and_comes_back_as_a_new_version(
    knowledge: Knowledge, pages: Path
) -> None:
    write(pages, "gate.md", "# Gate\n\nThe gate closes at nine.\n")
    knowledge.ingest(pages, collection="club")
    (pages / "tea.md").unlink()
    report = knowledge.ingest(pages, collection="club")
    assert report.withdrawn == ("club/tea.md",)
    assert [info.document_id for info in knowledge.documents("anyone")] == ["club/boats/ferry.md", "club/gate.md"]
    found = knowledge.retrieve("Where is tea served?", "anyone")
    assert found.answer is None
    assert all(passage.document_id != "club/tea.md" for passage in found.passages)
    assert knowledge.ingest(pages, collection="club").withdrawn == ()
    write(pages, "tea.md", "# Tea\n\nTea is served at four in the garden room.\n")
    assert knowledge.ingest(pages, collection="club").added == ("club/tea.md",)
    assert knowledge.document("club/tea.md", "anyone").info.version == 3


def test_files_of_a_folder_given_one_by_one_withdraw_what_is_gone_from_it(knowledge: Knowledge, pages: Path) -> None:
    ferry, tea = pages / "boats" / "ferry.md", pages / "tea.md"
    knowledge.ingest([ferry, tea], collection="club", folder=pages)
    tea.unlink()
    report = knowledge.ingest([ferry], collection="club", folder=pages)
    assert (report.withdrawn, report.unchanged) == (("club/tea.md",), ("club/boats/ferry.md",))


def test_a_single_file_and_another_collection_withdraw_nothing(knowledge: Knowledge, pages: Path) -> None:
    gate = write(pages, "gate.md", "# Gate\n\nThe gate closes at nine.\n")
    knowledge.ingest(pages, collection="club")
    (pages / "tea.md").unlink()
    assert knowledge.ingest(gate, collection="club").withdrawn == ()
    assert knowledge.ingest(pages, collection="other").withdrawn == ()
    assert any(info.document_id == "club/tea.md" for info in knowledge.documents("anyone"))


def test_a_page_whose_readers_can_no_longer_be_understood_is_withdrawn(knowledge: Knowledge, pages: Path) -> None:
    knowledge.ingest(pages, collection="club")
    write(pages, "tea.md", "---\nreaders: [admin\n---\nTea is served at four in the garden room.\n")
    report = knowledge.ingest(pages, collection="club")
    assert report.withdrawn == ("club/tea.md",)
    assert [item.name for item in report.skipped] == ["tea.md"]
    assert all(info.document_id != "club/tea.md" for info in knowledge.documents("anyone"))


def test_a_withdrawal_reaches_other_processes_and_the_stored_index(
    open_warehouse: OpenWarehouse, tmp_path: Path, pages: Path
) -> None:
    warehouse = open_warehouse(tmp_path)
    reader = Knowledge(warehouse, index_folder=tmp_path / "index")
    writer = Knowledge(warehouse, index_folder=tmp_path / "index")
    writer.ingest(pages, collection="club")
    reader.refresh()
    (pages / "tea.md").unlink()
    writer.ingest(pages, collection="club")
    assert reader.refresh()
    assert [info.document_id for info in reader.documents("anyone")] == ["club/boats/ferry.md"]
    cold = Knowledge(warehouse, index_folder=tmp_path / "index")
    assert [info.document_id for info in cold.documents("anyone")] == ["club/boats/ferry.md"]
