"""Ensembles: one scenario under many inflows, solved side by side, that survive being killed."""
