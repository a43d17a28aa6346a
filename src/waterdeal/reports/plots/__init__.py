"""Figures of a plan and of what was found with it, drawn with matplotlib, which is loaded when one is drawn."""
