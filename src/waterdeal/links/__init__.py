"""Large networks of links with gain, bounds and convex costs by step, read from flat tables and solved for the least cost."""
