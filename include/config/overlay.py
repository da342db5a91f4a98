"""A configuration with some of its files replaced, for trying a change out."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from include.config.configuration import Configuration
from include.config.folder import config_folder
from include.config.load import load_configuration
from include.finance.errors import ConfigurationError


def load_changed(changed: Path, base: Path | None = None) -> Configuration:
    """The configuration in use with the YAML files of the folder `changed` in place of its own.

    A subfolder such as `posting_rules` replaces the whole one, so that files can also be left out. Raises ConfigurationError.
    """
    if not any(changed.rglob("*.yaml")):
        raise ConfigurationError(
            f"{changed} has no YAML files. Give a folder that looks like include/config, with the files that change: "
            "posting_rules/, chart_of_accounts/, legal_entities.yaml ..."
        )
    with TemporaryDirectory(prefix="tieout-config-") as scratch:
        folder = Path(scratch)
        for source in (base or config_folder(), changed):
            for path in sorted(source.iterdir()):
                if path.is_dir() and any(path.glob("*.yaml")):
                    shutil.rmtree(folder / path.name, ignore_errors=True)
                    shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
                elif path.suffix == ".yaml":
                    shutil.copy(path, folder / path.name)
        return load_configuration(folder)
