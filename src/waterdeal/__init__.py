"""Water deals that states sharing a river can sign, check and keep."""

__version__ = "0.1.0"
