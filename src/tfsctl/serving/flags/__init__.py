"""TF Serving's command line (tensorflow-serving.md §8)."""
