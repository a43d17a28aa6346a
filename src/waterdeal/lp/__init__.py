"""The LP engine: from a Pyomo model to arrays, to HiGHS, to a proven plan level after level. It knows no water."""
