"""What a measurement found, for people and programs."""
