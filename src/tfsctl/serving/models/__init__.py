"""Which models a server has: configured, found, loaded, labelled (tensorflow-serving.md §3)."""
