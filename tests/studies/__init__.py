"""Studies of a scenario by many solves."""
