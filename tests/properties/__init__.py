"""Tests of properties that every plan has, whatever the river."""
