"""Tests of waterdeal's basin."""
