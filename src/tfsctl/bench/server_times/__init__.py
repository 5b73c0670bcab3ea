"""What the server's own metrics say of the time a request takes."""
