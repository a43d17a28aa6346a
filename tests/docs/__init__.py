"""Tests of the documentation: what it shows runs, and what is generated is up to date."""
