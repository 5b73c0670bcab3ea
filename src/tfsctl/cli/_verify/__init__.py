"""`tfsctl verify`."""
