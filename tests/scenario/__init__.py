"""Tests of waterdeal's scenario."""
