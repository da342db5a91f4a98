"""Tieout: a night of billing becomes journals in the ERP, and nothing is lost or doubled on the way."""
