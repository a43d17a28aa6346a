"""Tests of contracts of water against energy."""
