"""Tests of large networks read from flat link tables."""
