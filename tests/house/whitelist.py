"""What vulture takes for dead and is not: each line says who reads it. What a command or a public name does not reach is never put here."""

# a caller's own name for what Python, the standard library, Pyomo, HiGHS or typer reads
_.__getattr__
_.__annotations__
_.__signature__
_.Process  # concurrent.futures asks its context for workers
_.compress_type  # zipfile
_.create_system
_.unraisablehook  # sys
_._constructed  # Pyomo
_.display
_._getitem_when_not_present
_._ComponentDataClass
_.col_cost_  # HighsLp, HighsBasis
_.col_status
_.row_status
_.row_lower_
_.row_upper_
_.format_
_.start_
_.index_
_.value_
_.integrality_
_.alien
_.valid
# pydantic: settings of a model, and keys that a file may have and nobody asks for by attribute
_.model_config
_.schema_id
_.tags
_.lake_targets  # tolerance, read by kind
_.bound_cells  # goes through the seam by name
# members of closed sets of words, which files and the command line name
_.CATCHMENT
_.JUNCTION
_.GAUGE
_.RESERVOIR
_.LAKE
_.RIVER
_.READ
_.COMPUTED
_.INITIAL
_.DEVELOPMENT
_.MID
_.LATE
_.RU
_.UZ
_.KK
_.MORRIS
_.SOBOL
_.FREE
_.USUAL
# public methods of a plan
_.supply_ratio
_.indicators
_.by_demand
_.by_level
_.save
# which components come before one: tests/model/test_components.py holds the order of COMPONENTS to it
_.AFTER
# columns of the table of scores
_.bias
_.rmse
# what users call
_.with_model
_.party_supply_ratio
_.writeable  # numpy
_.NAMES  # the private names of a library, which a test takes away one by one
# what users call on a price (docs/explanation/prices.md)
_.change_of_objective
_.flipped  # and on a verdict (docs/explanation/agreements.md)
_.display  # Pyomo
_.StartDoctypeDeclHandler  # of expat, which calls it
_.StartElementHandler
_.time_granularity_seconds  # of hecdss, which writes it
_.modified  # of python-docx, which writes them
_.autofit
_.keep_with_next
_.line_spacing
_.alignment
_.author
_.bottom_margin
_.comments
_.footer_distance
_.header_distance
_.left_margin
_.page_height
_.page_width
_.right_margin
_.space_after
_.space_before
_.top_margin
