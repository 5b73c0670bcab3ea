"""`tfsctl bench`: its options, its display and what it prints."""
