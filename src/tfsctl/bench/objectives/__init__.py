"""Limits that a measurement is held to."""
