"""Where photos and previews are kept: a folder, or a bucket behind an fsspec URL."""
