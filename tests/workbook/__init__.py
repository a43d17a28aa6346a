"""The workbook that a scenario is edited in."""
