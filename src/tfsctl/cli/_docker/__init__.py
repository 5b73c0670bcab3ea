"""What `serve --docker` and `tune --docker` share: options, flags for the container, checks."""
