"""Tests of the records of deals."""
