"""`make env` makes every secret once, keeps what is there, and says what is left to fill in."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from include import team_env
from tests.deployment import compose

TEMPLATE = compose.TEMPLATE.read_text(encoding="utf-8")


def test_every_secret_is_made_and_only_addresses_are_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / ".env"
    assert team_env.main(compose.TEMPLATE, target) == 0
    assert target.stat().st_mode & 0o077 == 0
    assert team_env.missing(target.read_text()) == list(compose.ADDRESSES)
    assert all(f"fill in {name}" in capsys.readouterr().out for name in list(compose.ADDRESSES)[:1])
    values = team_env._values(target.read_text())
    secrets = [value for value in values.values() if value]
    assert len(secrets) == len(set(secrets)) == len(values) - len(compose.ADDRESSES)
    assert Fernet(values["AIRFLOW_FERNET_KEY"]).decrypt(Fernet(values["AIRFLOW_FERNET_KEY"]).encrypt(b"x")) == b"x"
    assert all(value.isalnum() for name, value in values.items() if name != "AIRFLOW_FERNET_KEY" and value)


def test_again_it_keeps_every_value_and_fills_what_is_new() -> None:
    first = team_env.fill(TEMPLATE, "TIEOUT_SCHEDULE=0 6 * * *\nAIRFLOW_CONN_BILLING_DB=postgresql://r:s@h/b\n")
    assert team_env.fill(TEMPLATE, first) == first
    older = "\n".join(line for line in first.splitlines() if not line.startswith("REDIS_PASSWORD"))
    before, after = team_env._values(older), team_env._values(team_env.fill(TEMPLATE, older))
    assert after == before | {"REDIS_PASSWORD": after["REDIS_PASSWORD"]}
    assert after["REDIS_PASSWORD"]
    assert after["TIEOUT_SCHEDULE"] == "0 6 * * *"
