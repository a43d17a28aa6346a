"""Plan against actual: what was measured, read from the tables that agencies send."""
