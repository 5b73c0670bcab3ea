"""Sampled requests and answers, written down as PredictionLogs (tensorflow-serving.md §9)."""
