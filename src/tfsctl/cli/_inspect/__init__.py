"""What `tfsctl inspect` prints."""
