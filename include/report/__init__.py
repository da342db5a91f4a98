"""The morning's report of a night: read once from the finance database, shown on the console, as JSON and as a page."""
