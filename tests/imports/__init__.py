"""Readers of tables that agencies send."""
