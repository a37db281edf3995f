"""`load` looks at its arguments before it opens anything."""

from __future__ import annotations

import argparse

import pytest

from app.commands.load import run
from core.errors import LoadError


@pytest.mark.parametrize("path", ["", "  "])
def test_no_path_is_not_taken_for_the_folder_that_one_stands_in(path: str) -> None:
    with pytest.raises(LoadError, match="No path is given"):
        run(argparse.Namespace(path=path, home=None, profile=None, schema=None, role=None))
