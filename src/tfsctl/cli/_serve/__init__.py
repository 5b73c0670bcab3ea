"""`tfsctl serve`, and the commands for servers in the background."""
