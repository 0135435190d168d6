"""Alignment, and embedders behind `pipeline.ports.Embedder`."""
