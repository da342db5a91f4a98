"""One module per ERP, each an Erp."""
