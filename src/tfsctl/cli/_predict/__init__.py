"""`tfsctl predict`: inputs people have, and outputs they want."""
