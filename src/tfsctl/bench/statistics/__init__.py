"""Figures from counts, and how sure they are."""
