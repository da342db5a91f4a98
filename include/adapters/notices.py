"""Messages to people: by mail (SMTP) and to a Slack-compatible webhook.

The whole address of a webhook is a secret: its path stands in the connection's password and in no message or log.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from http import HTTPStatus
from typing import Any

from include.adapters.http import HttpClient, TimeLimits
from include.finance.errors import CredentialsRefusedError, SystemUnreachableError
from include.finance.notice import Channel, Message
from include.ports.connections import ConnectionSettings

_SECONDS = 20
_SUBMISSION = 587
_HEADER_LENGTH, _SECTION_LENGTH = 150, 3000  # what Slack takes
_BLOCKS = 50
# A message that arrives twice is better than none.
_REPEATED = (429, 500, 502, 503, 504)


def send_mail(connection: ConnectionSettings, channel: Channel, message: Message) -> str:
    """Send a message to all recipients of a channel, and say which of them were refused. Over TLS unless the connection's extra says `"tls": "none"`.

    `"tls": "ssl"` begins with TLS, else STARTTLS does; `"ca_file"` names another bundle. Raises SystemUnreachableError,
    CredentialsRefusedError.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = channel.sender, ", ".join(channel.to), message.subject
    mail["Date"], mail["Message-ID"] = formatdate(usegmt=True), make_msgid(domain=channel.sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    where = f"Channel {channel.name}: the mail server of connection {connection.name}"
    try:
        with _connected(connection) as server:
            if connection.login:
                server.login(connection.login, connection.password)
            refused = server.send_message(mail, channel.sender, list(channel.to))
    except smtplib.SMTPAuthenticationError as error:
        raise CredentialsRefusedError(
            f"{where} refuses its login. Correct login and password of the connection."
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise SystemUnreachableError(
            f"{where} refuses {', '.join(sorted(error.recipients))}. Correct `to` of the channel."
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise SystemUnreachableError(
            f"{where} did not take the message ({type(error).__name__}: {str(error)[:200]}). Check host, port and `tls` of the connection; "
            "it is sent again after the next night."
        ) from error
    return f"({where} refuses {', '.join(sorted(refused))}; the others have it. Correct `to`.)" if refused else ""


def send_webhook(connection: ConnectionSettings, channel: Channel, message: Message) -> str:
    """Post a message as Slack takes it. Raises SystemUnreachableError where it was not taken, also after a few tries."""
    where = f"Channel {channel.name}: the webhook of connection {connection.name}"
    client = HttpClient(where, TimeLimits(answer_seconds=_SECONDS, repeated_statuses=_REPEATED))
    address = f"{connection.base_url()}/{connection.password.lstrip('/')}"
    answer = client.read(address, json.dumps(slack_body(message)).encode(), {"Content-Type": "application/json"})
    if answer.status != HTTPStatus.OK:
        raise SystemUnreachableError(
            f"{where} answered HTTP {answer.status}. Check the connection (the path of the address is its password); the message is sent again "
            "after the next night."
        )
    return ""


def slack_body(message: Message) -> dict[str, Any]:
    """A message in Slack's blocks. Text from documents is text: neither links nor mentions come of it."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": message.subject[:_HEADER_LENGTH]}}
    ]
    for section in message.sections:
        lines = [f"*{escaped(section.title)}*", *(f"• {escaped(line)}" for line in section.lines)]
        lines += [f"• and {section.more} more"] if section.more else []
        blocks.append(_section("\n".join(lines)))
    if message.links:
        blocks.append(_section(" · ".join(f"<{address}|{escaped(title)}>" for title, address in message.links)))
    return {"text": escaped(message.subject), "blocks": blocks[:_BLOCKS]}


def escaped(text: str) -> str:
    """Text as Slack shows it unchanged."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_SECTION_LENGTH]}}


def _connected(connection: ConnectionSettings) -> smtplib.SMTP:
    way = str(connection.extra.get("tls", "starttls"))
    bundle = connection.extra.get("ca_file")
    context = ssl.create_default_context(cafile=str(bundle) if bundle else None)
    port = connection.port or _SUBMISSION
    if way == "ssl":
        return smtplib.SMTP_SSL(connection.host, port, timeout=_SECONDS, context=context)
    server = smtplib.SMTP(connection.host, port, timeout=_SECONDS)
    if way != "none":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server
