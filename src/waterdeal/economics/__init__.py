"""What water is worth: concave benefits, and plans that make them greatest with a certified gap."""
