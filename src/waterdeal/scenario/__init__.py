"""What is asked of the river: a scenario file, and the inputs made from it."""
