"""Places that photos are read from."""
