"""Tests of waterdeal's solve."""
