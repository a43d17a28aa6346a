"""An independent forward simulator: it takes a plan's decisions, and finds by the laws of water alone what follows from them."""
