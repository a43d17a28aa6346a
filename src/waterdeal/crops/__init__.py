"""What a crop needs and what it gives: evapotranspiration, irrigation requirement, yield."""
