"""A copy of the shipped configuration that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include.config.folder import PACKAGE_FOLDER
from tests.unit.config.refusal import Edit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped configuration."""
    target = tmp_path / "config"
    shutil.copytree(PACKAGE_FOLDER, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace the first occurrence of a text in a file of the copy."""

    def replace(file: str, old: str, new: str) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
