"""Tests; xarray and Pyomo are imported as the command line imports them, in a thorough run as Python does."""

from tests.thorough import THOROUGH
from waterdeal.cli.start_up import import_lightly

if not THOROUGH:
    import_lightly()
