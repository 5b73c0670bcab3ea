"""Models on object stores, through fsspec."""
