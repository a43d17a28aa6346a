"""What a plan is judged by, level after level."""
