"""What a server measures, and how that is shown (tensorflow-serving.md §7)."""
