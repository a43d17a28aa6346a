"""Water, crops and money as pure functions that the inputs and the model rest on; nothing here knows a basin, a scenario or a model."""
