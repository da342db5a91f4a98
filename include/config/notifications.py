"""Reading `notifications.yaml`: who is told what, and by which channel."""

from __future__ import annotations

from datetime import time

from include.config.findings import Findings, one_of
from include.config.shapes import NotificationsShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile
from include.finance.notice import Channel, ChannelKind, NoticeKind, NoticeSettings


def read_notifications(file: YamlFile | None, codes: set[str], findings: Findings) -> NoticeSettings:
    """What the file says; where there is none, nobody is told."""
    if file is None:
        return NoticeSettings()
    shape = checked_shape(file, (), file.content or {}, NotificationsShape, findings)
    if shape is None:
        return NoticeSettings()
    names = [channel.name for channel in shape.channels]
    for number, channel in enumerate(shape.channels):
        line = file.line_of(("channels", number))
        if names.index(channel.name) != number:
            findings.add(file.name, line, f"channel `{channel.name}` stands twice; give each a name of its own.")
        if channel.kind == "mail" and not (channel.sender and channel.to):
            findings.add(file.name, line, f"channel `{channel.name}` is mail; say its `sender` and whom it goes `to`.")
        for code in sorted(set(channel.legal_entities) - codes):
            findings.add(file.name, line, f"legal entity `{code}` is unknown; {one_of(code, codes)}")
    hours, minutes = shape.tied_out_by.split(":")
    return NoticeSettings(
        tuple(
            Channel(
                each.name,
                ChannelKind(each.kind),
                each.connection,
                each.sender,
                tuple(each.to),
                tuple(each.legal_entities),
                tuple(NoticeKind(kind) for kind in each.kinds),
            )
            for each in shape.channels
        ),
        shape.airflow_url.rstrip("/"),
        time(int(hours), int(minutes)),
    )
