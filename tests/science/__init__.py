"""Tests of water, crops and money as functions."""
