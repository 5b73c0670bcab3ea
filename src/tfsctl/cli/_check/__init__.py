"""What `tfsctl check` prints."""
