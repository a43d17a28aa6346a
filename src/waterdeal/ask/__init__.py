"""Questions asked of a plan, or of a scenario that has none: conflicts and ways out, reasons, prices, room."""
