"""Kinds of clauses, one a file: its form, its rows, its readings and the facts of its sentence."""
