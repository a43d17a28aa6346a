"""Tests of passes: areas, heads, benefits, bounds, conflicts."""
