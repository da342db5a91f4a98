"""What people are told: grouped, once, by mail and webhook, through real servers; and nothing fails for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from include.adapters.notices import slack_body
from include.app import App
from include.config.configuration import Configuration
from include.config.load import load_configuration
from include.finance.close_calendar import tied_out_by
from include.finance.errors import ConnectionMissingError
from include.finance.notice import SHOWN, Channel, ChannelKind, Notice, NoticeKind, NoticeSettings, message_of
from include.pipelines.notices import standing_notices, tell, tell_waiting
from include.ports.connections import ConnectionSettings
from include.store.database import FinanceDatabase
from tests.accounting.billing import invoice, line
from tests.accounting.company import Company
from tests.close.closing import AFTER
from tests.notices.servers import REFUSED, Hook, Mailbox, mail_server, web_server

MAIL = Channel(
    "finance mail", ChannelKind.MAIL, "notices_mail", "tieout@example.com", ("ar@example.com", "fs@example.com")
)
HOOK = Channel("team", ChannelKind.WEBHOOK, "notices_hook")
SECRET = "T0/B0/very-secret-path"
PIPE = Notice(NoticeKind.RUN_FAILED, "US", "the pipe broke")


@dataclass
class Office:
    """A finance database, channels, and where their connections lead."""

    database: FinanceDatabase
    configuration: Configuration
    connections: dict[str, ConnectionSettings]

    def finance(self) -> FinanceDatabase:
        return self.database

    def send(self, channel: Channel, message: Any) -> str:
        return App.send(self, channel, message)  # type: ignore[arg-type]

    def get(self, name: str) -> ConnectionSettings:
        return self.connections[name]


class _Connections(dict[str, ConnectionSettings]):
    def get(self, name: str) -> ConnectionSettings:  # type: ignore[override]
        if name not in self:
            raise ConnectionMissingError(f"Connection {name} is not configured.")
        return self[name]


def office(company: Company, *channels: Channel, box: Mailbox | None = None, hook: Hook | None = None) -> Office:
    settings = NoticeSettings(channels, "https://airflow.example.com")
    known = _Connections()
    if box:
        known["notices_mail"] = ConnectionSettings(
            "notices_mail", "smtp", "127.0.0.1", box.port, "", "", "", {"tls": "none"}
        )
    if hook:
        known["notices_hook"] = ConnectionSettings("notices_hook", "http", "127.0.0.1", hook.port, "", "", SECRET)
    return Office(company.finance, replace(company.configuration, notices=settings), known)


def test_one_message_for_each_channel_with_links_and_only_once(own_company: Company) -> None:
    links = [("The run", "https://airflow.example.com/dags/x/runs/1")]
    with mail_server() as box, web_server() as hook:
        one = office(own_company, MAIL, HOOK, box=box, hook=hook)
        notices = [Notice(NoticeKind.IN_DOUBT, "US", "3 entries"), Notice(NoticeKind.IN_DOUBT, "UK", "1 entries"), PIPE]
        said = tell(one, "Tieout: after the night", notices, links)
        assert len(said) == 2
        assert all("was told" in each for each in said)
        assert tell(one, "Tieout: after the night", notices, links) == []
    [mail] = box.mails
    assert box.recipients == [["ar@example.com", "fs@example.com"]]
    assert (mail["From"], mail["Subject"]) == ("tieout@example.com", "Tieout: after the night")
    text = mail.get_content()
    assert text.index("A run failed") < text.index("Entries in doubt") < text.index("https://airflow.example.com")
    assert "- US: 3 entries" in text
    [body] = hook.bodies
    assert [block["type"] for block in body["blocks"]] == ["header", "section", "section", "section"]
    assert hook.paths == [f"/{SECRET}"]


def test_a_channel_hears_of_its_own_legal_entities_and_kinds(own_company: Company) -> None:
    with mail_server() as box, web_server() as hook:
        uk = replace(MAIL, legal_entities=("UK",))
        doubt = replace(HOOK, kinds=(NoticeKind.IN_DOUBT,))
        tell(
            office(own_company, uk, doubt, box=box, hook=hook),
            "s",
            [PIPE, Notice(NoticeKind.RUN_FAILED, "", "all of it")],
        )
    [mail] = box.mails
    assert "all of it" in mail.get_content()
    assert "the pipe broke" not in mail.get_content()
    assert hook.bodies == []


def test_never_one_line_per_row_and_what_is_left_out_is_counted() -> None:
    notices = [Notice(NoticeKind.EXCEPTION_DUE, "US", f"cause {number}") for number in range(SHOWN + 7)]
    message = message_of("s", notices)
    assert message is not None
    [section] = message.sections
    assert (len(section.lines), section.more) == (SHOWN, 7)
    assert "and 7 more" in message.text
    assert message_of("s", []) is None


def test_text_of_documents_stays_text(own_company: Company) -> None:
    evil = Notice(NoticeKind.RUN_FAILED, "US", "<!channel> <https://evil.example|click>\r\nBcc: all@example.com & more")
    message = message_of("Tieout\r\nBcc: all@example.com", [evil])
    assert message is not None
    assert "\n" not in message.subject
    told = slack_body(message)["blocks"][1]["text"]["text"]
    assert "<!channel>" not in told
    assert "&lt;!channel&gt; &lt;https://evil.example|click&gt; Bcc: all@example.com &amp; more" in told
    with mail_server() as box:
        tell(office(own_company, MAIL, box=box), "Tieout\r\nBcc: all@example.com", [evil])
    [mail] = box.mails
    assert mail["Bcc"] is None


@pytest.mark.parametrize("answers", [[429], [500, 503], [502, 500, 429]])
def test_a_webhook_that_is_busy_is_tried_again(own_company: Company, answers: list[int]) -> None:
    with web_server() as hook:
        hook.answers = list(answers)
        assert "was told" in tell(office(own_company, HOOK, hook=hook), "s", [PIPE])[0]
    assert len(hook.bodies) == 1


def test_a_channel_that_fails_keeps_no_other_and_is_told_later(own_company: Company) -> None:
    with mail_server() as box, web_server() as hook:
        hook.answers = [404]
        one = office(own_company, HOOK, MAIL, box=box, hook=hook)
        failed, told = tell(one, "s", [PIPE])
        assert "team was not told: " in failed
        assert "HTTP 404" in failed
        assert SECRET not in failed
        assert "finance mail was told" in told
        assert "team was told" in tell(one, "s", [PIPE])[0]
        assert tell(one, "s", [PIPE]) == []
    [gone] = tell(replace(one, configuration=replace(one.configuration, notices=NoticeSettings((HOOK,)))), "t", [PIPE])
    assert "was not told" in gone
    assert SECRET not in gone
    [missing] = tell(office(own_company, MAIL), "s2", [PIPE])
    assert "notices_mail is not configured" in missing


def test_what_happened_while_a_channel_was_away_is_told_late_and_once(own_company: Company) -> None:
    with mail_server() as box:
        one = office(own_company, MAIL, HOOK, box=box)  # the hook leads nowhere
        said = tell(one, "Tieout: nightly_posting failed", [PIPE], are_events=True)
        assert [line.partition(":")[0] for line in said] == [
            "Channel finance mail was told",
            "Channel team was not told",
        ]
        tell(one, "Tieout: nightly_posting failed once more", [replace(PIPE, text="and again")], are_events=True)
        # Still away: it goes on waiting. What only stands is no event, and is not kept.
        assert "was not told" in tell_waiting(one)[0]
        tell(one, "Tieout: standing", [replace(PIPE, text="stands")])
        with web_server() as hook:
            back = office(own_company, MAIL, HOOK, box=box, hook=hook)
            assert tell_waiting(back) == ["Channel team was told late of 2 notices"]
            told = str(hook.bodies)
            assert len(hook.bodies) == 1
            assert "the pipe broke" in told
            assert "and again" in told
            assert "stands" not in told
            assert tell_waiting(back) == []


def test_a_recipient_that_is_refused_is_named(own_company: Company) -> None:
    with mail_server() as box:
        some = office(own_company, replace(MAIL, to=("ar@example.com", REFUSED)), box=box)
        [said] = tell(some, "s", [PIPE])
        assert f"refuses {REFUSED}; the others have it" in said
        assert tell(some, "s", [PIPE]) == []  # who has it does not get it again
        [said] = tell(office(own_company, replace(MAIL, to=(REFUSED,)), box=box), "t", [PIPE])
        assert f"refuses {REFUSED}. Correct `to`" in said
        tls = replace(
            office(own_company, MAIL, box=box),
            connections=_Connections(
                notices_mail=ConnectionSettings("notices_mail", "smtp", "127.0.0.1", box.port, "", "", "")
            ),
        )
        [said] = tell(tls, "u", [PIPE])
        assert "STARTTLS" in said


def test_what_was_settled_and_comes_back_is_told_again(own_company: Company) -> None:
    with web_server() as hook:
        one = office(own_company, HOOK, hook=hook)
        for notices, count in (([PIPE], 1), ([PIPE], 1), ([], 1), ([], 1), ([PIPE], 2)):
            tell(one, "s", notices)
            assert len(hook.bodies) == count
        # Also what is only counted is news.
        many = [Notice(NoticeKind.EXCEPTION_DUE, "US", f"cause {number}") for number in range(SHOWN + 1)]
        tell(one, "s", many)
        tell(one, "s", [*many[:-1], Notice(NoticeKind.EXCEPTION_DUE, "US", "another")])
        assert len(hook.bodies) == 4


def test_without_the_finance_database_people_are_told_all_the_same(own_company: Company) -> None:
    with web_server() as hook:
        away = replace(
            office(own_company, HOOK, hook=hook), database=FinanceDatabase("postgresql://nobody@127.0.0.1:9/nowhere")
        )
        told, doubt = tell(away, "s", [PIPE])
    assert "was told" in told
    assert "may be told the same again" in doubt
    assert len(hook.bodies) == 1


def test_without_a_channel_the_log_says_so(own_company: Company) -> None:
    assert tell(office(own_company), "s", [PIPE]) == ["Nobody is told: notifications.yaml has no channel."]
    assert tell(office(own_company), "s", []) == []


def test_what_stands_after_a_night_is_told(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-15", line(50000)), instant=AFTER)
    with own_company.finance.transaction() as connection:
        connection.execute("update journal_entry set state = 'in_doubt'")
        connection.execute(
            """
            insert into exception (cause, category, severity, owner, legal_entity_code, currency, amount_minor, subject_type, subject_id,
                message, suggested_fix, escalated_at, due_on)
            values ('x|no_rate', 'document', 'low', 'AR', 'US', 'USD', 700, 'invoice', 'x', 'm', 's', now(), '2026-02-03'),
                ('y|no_rate', 'document', 'low', 'AR', 'US', 'USD', 800, 'invoice', 'y', 'm', 's', now(), '2026-02-02'),
                ('z|no_rate', 'document', 'low', 'AR', 'US', 'USD', 900, 'invoice', 'z', 'm', 's', null, null)
            """
        )
        connection.execute(
            "insert into tie_out_run (id, read_instant, legal_entity_code, actor) values (gen_random_uuid(), %s, 'US', 'test')",
            (AFTER,),
        )
        connection.execute(
            """
            insert into tie_out (run_id, row_no, hop, check_name, legal_entity_code, currency, subject_type, subject, left_count, left_debit_minor,
                left_credit_minor, right_count, right_debit_minor, right_credit_minor, status, explanation)
            select id, 1, 5, 'foreign_entries', 'US', 'USD', 'account', '1100', 0, 0, 0, 1, 5, 0, 'different', 'somebody posted by hand'
            from tie_out_run
            """
        )
    found = standing_notices(office(own_company))
    told = {notice.kind: notice.text for notice in found}
    assert "1 entries since" in told[NoticeKind.IN_DOUBT]
    assert "2 x no_rate, low, due 2026-02-02, 1500 minor units of USD at risk, for AR" in told[NoticeKind.EXCEPTION_DUE]
    assert told[NoticeKind.TIE_OUT_DIFFERENCE] == "hop 5 foreign_entries, 1 cells: somebody posted by hand"
    # January was to be closed in February by America's calendar, and it is much later.
    assert "period 2026-01 was to be closed by 2026-02-04 17:00 UTC" in told[NoticeKind.CLOSE_LATE]


def test_a_night_is_to_be_tied_out_by_its_calendar_s_morning() -> None:
    configuration = load_configuration()
    calendars = tuple(configuration.close_calendars.values())
    six = time(6)
    by_name = {calendar.name: calendar for calendar in calendars}
    america = by_name["america"]
    for day in (
        date(2026, 1, 15),
        date(2026, 3, 8),
        date(2026, 7, 15),
        date(2026, 11, 1),
    ):  # two of them change the clocks
        cutoff = datetime.combine(day, america.cutoff, america.time_zone).astimezone(UTC)
        due = tied_out_by(calendars, cutoff, six)
        assert due is not None
        assert due.astimezone(america.time_zone) == datetime.combine(day, six, america.time_zone)
    # At no calendar's cutoff: the first morning anywhere.
    due = tied_out_by(calendars, datetime(2026, 1, 15, 12, 34, tzinfo=UTC), six)
    assert due == min(datetime.combine(date(2026, 1, 16), six, each.time_zone).astimezone(UTC) for each in calendars)
    assert tied_out_by((), datetime(2026, 1, 15, tzinfo=UTC), six) is None
