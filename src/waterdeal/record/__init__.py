"""The record of a deal: a plan with all it was made from, its term sheet and a manifest, which any party can check for itself."""
