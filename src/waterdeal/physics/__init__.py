"""The physics of water as pure functions: curves, power, routing, flow regimes, aquifers, salt, capacity. Nothing here knows a model."""
