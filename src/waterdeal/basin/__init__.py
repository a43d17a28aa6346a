"""What the river is: its network, its reservoirs, its users, its water."""
