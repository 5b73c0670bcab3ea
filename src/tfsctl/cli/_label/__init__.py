"""`tfsctl label`."""
