"""From the Pyomo model to arrays, to HiGHS, to a solution."""
