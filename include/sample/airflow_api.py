"""A small client of Airflow's REST API (v2): log in, start a DAG run, wait for its end."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

_DAG_APPEARS_SECONDS = 90


class AirflowError(RuntimeError):
    """The embedded Airflow does not come up, or refuses a call; the message has its words or names its log."""


class AirflowApi:
    """The REST API at `url`, as one user. Calls raise AirflowError, or requests.RequestException without an answer."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self.token: str = self._request(
            "POST", "/auth/token", {"username": user, "password": password}, headers={}
        ).json()["access_token"]

    def get(self, path: str) -> Any:
        """Return the JSON at `path`, which is below `/api/v2`."""
        return self._request("GET", f"/api/v2{path}").json()

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Start a run of `dag_id` with the parameters `conf` and return its run id.

        Waits for Airflow to have read the DAG, and lets it run if it is paused.
        """
        self._wait_for_dag(dag_id)
        self._request("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        # Airflow wants the key; without a date two runs of one instant do not collide.
        request = {"logical_date": None, "conf": dict(conf)}
        return str(self._request("POST", f"/api/v2/dags/{dag_id}/dagRuns", request).json()["dag_run_id"])

    def ensure_pool(self, name: str, slots: int) -> None:
        """Make a pool, or set its size; a task of an unknown pool would never be scheduled."""
        pool = {
            "name": name,
            "slots": slots,
            "include_deferred": False,
            "description": "Tasks that write to one ERP at once",
        }
        known = {each["name"] for each in self.get("/pools?limit=1000")["pools"]}
        verb, path = ("PATCH", f"/api/v2/pools/{quote(name, safe='')}") if name in known else ("POST", "/api/v2/pools")
        self._request(verb, path, pool)

    def answer(self, task: str, option: str, given: Mapping[str, str]) -> None:
        """Answer the question of a task that waits for one; `task` is its path below `/api/v2`."""
        self._request("PATCH", f"/api/v2{task}/hitlDetails", {"chosen_options": [option], "params_input": dict(given)})

    def wait(self, dag_id: str, run_id: str) -> str:
        """Wait for the end of a run and return its state: `success` or `failed`."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/wait?interval=1"
        state = ""
        with self._request("GET", path, stream=True, timeout=None) as answer:
            for line in answer.iter_lines():
                state = json.loads(line)["state"] if line else state
        return state

    def _wait_for_dag(self, dag_id: str) -> None:
        deadline = time.monotonic() + _DAG_APPEARS_SECONDS
        while time.monotonic() < deadline:
            if any(dag["dag_id"] == dag_id for dag in self.get(f"/dags?dag_id_pattern={dag_id}")["dags"]):
                return
            if errors := self.get("/importErrors")["import_errors"]:
                error = errors[0]
                raise AirflowError(f"Airflow can't read {error['filename']}: {error['stack_trace'][-1500:]}")
            time.sleep(0.5)
        raise AirflowError(f"Airflow knows no DAG {dag_id} after {_DAG_APPEARS_SECONDS} s: is its file in dags/?")

    def _request(
        self,
        verb: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        timeout: float | None = 60,
    ) -> requests.Response:
        sent = {"Authorization": f"Bearer {self.token}"} if headers is None else dict(headers)
        answer = requests.request(verb, self._url + path, json=body, headers=sent, stream=stream, timeout=timeout)
        if not answer.ok:
            raise AirflowError(f"Airflow answered {verb} {path} with HTTP {answer.status_code}: {answer.text[:500]}")
        return answer
