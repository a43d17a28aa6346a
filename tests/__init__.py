"""Tests of waterdeal; the folders mirror src/waterdeal.

By default they import as the command line does, which spares a fifteenth of their time; the thorough run as a notebook does, with all that
xarray, pandas and Pyomo find.
"""

import os

from waterdeal.cli.start_up import import_lightly

if os.environ.get("CI_THOROUGH", "") in {"", "0"}:
    import_lightly()
