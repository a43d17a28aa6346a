"""Kinds of clauses, a file a family; each kind is a class: its keys, its rows, its readings, and the facts of its sentence."""
