"""`tfsctl classify` and `tfsctl regress`."""
