"""Tests of what crops need and give."""
