"""The application with one adapter for all that is asked of the ERP."""

from __future__ import annotations

from functools import cached_property

from include.app import App
from include.ports.erp import Erp


class LoggedInApp(App):
    """Each part of a night asks for the ERP anew; here all of them get the same, logged in once."""

    @cached_property
    def _erp(self) -> Erp:
        return super().erp("tryton")

    def erp(self, erp_code: str) -> Erp:
        """The ERP, logged in once."""
        return self._erp
