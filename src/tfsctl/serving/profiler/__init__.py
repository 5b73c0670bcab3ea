"""tensorflow.ProfilerService."""
