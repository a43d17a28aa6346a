"""Tests of waterdeal; the folders mirror src/waterdeal."""
