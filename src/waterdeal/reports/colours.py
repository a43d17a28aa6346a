"""Colours of figures and schemes: told apart by those who see no red or no green, and in print without colours by shade and pattern."""

from __future__ import annotations

#: colours of parties (Okabe and Ito)
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#000000", "#F0E442")
#: colours of deficits from none, each darker than the one before, and the least ratio of each
RATIOS = ((0.0, "#FFFFFF"), (0.01, "#FDDBC7"), (0.1, "#F4A582"), (0.25, "#D6604D"), (0.5, "#7F0000"))
#: states of a clause from the worst: colour, pattern, and the mark beside its number
STATES = {
    "broken": ("#D55E00", "xxx", "!"), "conceded": ("#CC79A7", "...", "↓"), "binding": ("#E69F00", "///", "="), "kept": ("#56B4E9", "", ""),
}  # fmt: skip
WATER, PLAIN, INK = "#56B4E9", "#D9D9D9", "#000000"
