"""Tests of waterdeal's results."""
