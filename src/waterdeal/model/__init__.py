"""The only equations: ordinary Pyomo rules over index sets, one module a component."""
