"""Tests of the water physics."""
