"""The contract of water against energy as a sheet: ladders, who gains what, other years, and who is tempted to stop."""
