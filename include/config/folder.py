"""Where the configuration files lie, and how their names are written in messages."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PACKAGE_FOLDER = Path(__file__).resolve().parent
PROJECT_FOLDER = PACKAGE_FOLDER.parent.parent


def config_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the configuration files: TIEOUT_CONFIG where it is set, else the files shipped in this package."""
    chosen = environment.get("TIEOUT_CONFIG", "").strip()
    return Path(chosen).expanduser().resolve() if chosen else PACKAGE_FOLDER


def shown_name(path: Path) -> str:
    """A file's name as messages give it: relative to the project where it lies inside."""
    resolved = path.resolve()
    return str(resolved.relative_to(PROJECT_FOLDER) if resolved.is_relative_to(PROJECT_FOLDER) else resolved)
