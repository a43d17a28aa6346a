"""Figures: what is drawn is what the plan says, in the language asked for, the same each time."""
