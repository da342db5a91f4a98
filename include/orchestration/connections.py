"""Connections from Airflow: any secrets backend, the environment, or the Connections page."""

from __future__ import annotations

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

from include.finance.errors import ConnectionMissingError
from include.ports.connections import ConnectionSettings


class AirflowConnections:
    """Airflow's own look-up behind the port."""

    def get(self, name: str) -> ConnectionSettings:
        """The connection of that name. Raises ConnectionMissingError."""
        try:
            found = Connection.get(name)
        except (AirflowNotFoundException, AirflowRuntimeError) as error:
            raise ConnectionMissingError(
                f"Connection {name} is not configured. Add it under Admin, Connections in Airflow, or set AIRFLOW_CONN_{name.upper()}."
            ) from error
        return ConnectionSettings(
            name=name,
            scheme=found.conn_type,
            host=found.host or "",
            port=found.port,
            database=found.schema or "",
            login=found.login or "",
            password=found.password or "",
            extra=found.extra_dejson,
        )
