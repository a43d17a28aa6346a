"""Tests of the accounts of parties."""
