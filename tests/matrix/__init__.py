"""Every command on every scenario."""
