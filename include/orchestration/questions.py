"""Questions to people in Airflow. A DAG file reads this module: what it works with is loaded by a running task only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, conf
from airflow.sdk.api.datamodels._generated import HITLUser
from airflow.sdk.exceptions import AirflowFailException

ASKED_AGAIN = 20  # answers that do not count, before the question is given up


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said: yes or no, who they are, when, and what they wrote into the form."""

    is_approved: bool
    by: str
    at: datetime
    given: Mapping[str, Any]


def has_simple_logins() -> bool:
    """Whether Airflow knows people by its SimpleAuthManager, where their ids are their names."""
    return "SimpleAuthManager" in conf.get("core", "auth_manager")


class _Question(ApprovalOperator):
    """A question whose answer counts only as the task itself writes it into the finance database.

    It is written from what Airflow's API server took of a logged-in person: a task that is marked as a success, or an XCom that is put in
    by hand, answers nothing. An answer that does not count (the wrong person, a waiver missing) fails the try, whose log says why, and
    the question is asked again.
    """

    template_fields = (*ApprovalOperator.template_fields, "number")

    def __init__(self, *, number: Any, hours: int, **more: Any) -> None:
        super().__init__(
            subject="Not asked yet",
            response_timeout=timedelta(hours=hours),
            retries=ASKED_AGAIN,
            retry_delay=timedelta(seconds=1),
            retry_policy=None,
            **more,
        )
        self.number = number

    def execute(self, context: Any) -> Any:
        """Show what is asked, and wait without a worker."""
        self.subject, self.body, people = self.shown()
        # Only with Airflow's simple logins are names ids. With others everybody is let answer, and the answer is judged.
        if has_simple_logins():
            if not people:
                raise AirflowFailException(
                    "Nobody may answer: no controller is left but the person who started this. `make grant` one."
                )
            self.assigned_users = [{"id": name, "name": name} for name in people]
        self._require_shown(context["ti"].id)
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Take the answer: into the finance database first, only then is this task done."""
        if event.get("error_type") == "timeout":
            raise AirflowFailException(
                "Nobody answered in time. Nothing was locked or opened; start again when somebody can answer."
            )
        if "error" not in event:
            person = event["responded_by_user"] or {}
            name = str(person.get("name") or person.get("id") or "")
            is_approved = list(event["chosen_options"]) == [self.APPROVE]
            self.take(Answer(is_approved, name, event["responded_at"], event["params_input"] or {}))
        return super().execute_complete(context, event)

    def shown(self) -> tuple[str, str, list[str]]:
        """Subject and body of the question, and who may answer."""
        raise NotImplementedError

    def take(self, answer: Answer) -> None:
        """Write the answer down. Raises a PersonError where it does not count."""
        raise NotImplementedError

    def _require_shown(self, ti_id: UUID) -> None:
        """Airflow goes on showing what was asked first, also when the task asks again: that must be what is asked now."""
        # Only a running task has these.
        from airflow.sdk.execution_time.comms import CreateHITLDetailPayload, HITLDetailRequestResult  # noqa: PLC0415
        from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS  # noqa: PLC0415

        asked = CreateHITLDetailPayload(
            ti_id=ti_id,
            options=self.options,
            subject=self.subject,
            body=self.body,
            params=self.serialized_params,
            assigned_users=[HITLUser(**user) for user in self.assigned_users or ()],
        )
        shown = SUPERVISOR_COMMS.send(asked)
        if isinstance(shown, HITLDetailRequestResult) and shown.body != self.body:
            raise AirflowFailException(
                "The figures have changed since this run first asked, and Airflow goes on showing the first question. Nothing was locked or "
                "opened: start a new run."
            )


class CloseApproval(_Question):
    """Asks a controller whether a period may be closed on the figures of its package; `number` is that of the close."""

    def __init__(self, *, params: Any = None, **more: Any) -> None:  # noqa: ARG002 - the form of the run is not this one
        waivers = Param(
            "",
            type=["null", "string"],
            format="multiline",
            title="Waivers",
            description="One line for each blocking item that you accept: its code, a colon and the reason.",
        )
        comment = Param("", type=["null", "string"], title="Comment")
        super().__init__(params={"comment": comment, "waivers": waivers}, **more)

    def shown(self) -> tuple[str, str, list[str]]:
        """The package's figures, what blocks, and the hash that the answer is given on."""
        from include.orchestration.period_close import show_close  # noqa: PLC0415

        return show_close(int(self.number))

    def take(self, answer: Answer) -> None:
        """Write the answer down, with comment and waivers."""
        from include.orchestration.period_close import take_close  # noqa: PLC0415

        take_close(int(self.number), answer)


class ReopenApproval(_Question):
    """Asks a controller whether a closed period may be opened again; `number` is that of the reopening."""

    def shown(self) -> tuple[str, str, list[str]]:
        """Who asks and why, what was closed, and what is late of the period."""
        from include.orchestration.period_close import show_reopening  # noqa: PLC0415

        return show_reopening(int(self.number))

    def take(self, answer: Answer) -> None:
        """Write the answer down; with a yes the period is open here."""
        from include.orchestration.period_close import take_reopening  # noqa: PLC0415

        take_reopening(int(self.number), answer)


class ReversalApproval(_Question):
    """Asks a controller whether a posted entry may be reversed; `number` is that of the reversal."""

    def shown(self) -> tuple[str, str, list[str]]:
        """What would be booked, with its hash."""
        from include.orchestration.reverse_entry import show_reversal  # noqa: PLC0415

        return show_reversal(int(self.number))

    def take(self, answer: Answer) -> None:
        """Write the answer down; with a yes the next task books it."""
        from include.orchestration.reverse_entry import take_reversal  # noqa: PLC0415

        take_reversal(int(self.number), answer)
