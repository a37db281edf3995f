"""What `load` says about data that is not loaded exactly as it stood."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.command_line.test_ask_and_load import here


def test_changes_are_printed_and_a_long_list_is_in_a_file(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "prices.csv"
    names = ",".join(f"p{number}" for number in range(45))
    file.write_text("# exported today\n" + names + "\n" + ",".join(["$5.25"] * 45) + "\n", encoding="utf-8")
    done = here(home, "load", str(file))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    start = lines.index("45 adjusted:")
    assert lines[start + 1] == "  prices.csv column 'p0': currency $ taken off (the column is DECIMAL(18,2))"
    log = home / "logs" / "load-prices.txt"
    assert lines[start + 41] == f"  … and 5 more; all of them are in {log}"
    assert lines[start + 42] == "1 skipped:"
    assert lines[start + 43] == "  prices.csv line 1: # exported today (a comment above the table)"
    logged = log.read_text(encoding="utf-8").splitlines()
    assert len(logged) == 46
    assert logged[45] == "skipped: prices.csv line 1: # exported today (a comment above the table)"
    assert [f"  {text}" for text in logged[:40]] == lines[start + 1 : start + 41]
