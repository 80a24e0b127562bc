"""Settings of the servers."""
