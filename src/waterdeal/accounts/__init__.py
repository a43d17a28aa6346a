"""What a plan means to each party, and what the parties gain by acting together: accounts, and the interval of a compensation."""
