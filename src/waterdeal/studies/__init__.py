"""Studies of a scenario by many solves: the frontier of what two parties can have, and how results respond to what is not known."""
