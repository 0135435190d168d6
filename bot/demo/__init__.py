"""The demo: a sample event, and the whole path on it."""
