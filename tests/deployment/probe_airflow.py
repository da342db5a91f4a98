"""Asked in a process of its own, because Airflow is set up by being imported: does it know these options and commands?"""

from __future__ import annotations

import json
import sys

from airflow.cli.cli_parser import get_parser
from airflow.configuration import conf
from airflow.providers_manager import ProvidersManager

asked = json.load(sys.stdin)
ProvidersManager().initialize_providers_configuration()
known = {
    f"AIRFLOW__{section.upper()}__{option.upper()}"
    for section, described in conf.configuration_description.items()
    for option in described["options"]
}
refused = []
for words in asked["commands"]:
    try:
        get_parser().parse_args(words)
    except SystemExit:
        refused.append(words)
json.dump({"unknown": sorted(set(asked["options"]) - known), "refused": refused}, sys.stdout)
