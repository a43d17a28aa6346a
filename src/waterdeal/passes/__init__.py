"""From a linear plan to one that follows the curves of nature: solve, linearise where the plan stands, solve again."""
