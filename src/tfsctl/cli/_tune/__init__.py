"""`tfsctl tune`: its servers and what it prints."""
