"""Tests of waterdeal's model."""
