"""The parts of a river, in the order they are added to the model."""
