"""The replay of a version's warm-up file (tensorflow-serving.md §5)."""
