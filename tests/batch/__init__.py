"""Batches of scenarios."""
