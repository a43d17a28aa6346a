"""What the parties promised: clauses as data, their rows for the model, and how each is measured on any flows."""
