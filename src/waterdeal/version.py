"""The version: here alone, from which the package's metadata is made."""

__version__ = "0.1.0"
