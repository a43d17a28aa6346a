"""The command line: a thin shell over the API."""

from waterdeal.cli.app import main

__all__ = ["main"]
