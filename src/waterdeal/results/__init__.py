"""From a solution to one dataset, its audit, its indicators, its tables and its file."""
