"""Published cases, run through the public API."""
