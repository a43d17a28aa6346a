"""Agreements as data: kinds, conflicts, concessions."""
