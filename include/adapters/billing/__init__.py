"""One module per billing system, each a BillingSource."""
