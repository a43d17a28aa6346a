"""Tests of the report: words, tables, renderers."""
