"""Read tables as people send them (CSV or xlsx, long or wide, in four languages) into plain rows, and report every guess.

It knows names of places, quantities, units and dates, but no river and no plan. ``actual`` reads a file; ``bounds`` opens any.
"""
