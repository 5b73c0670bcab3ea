"""TF Serving's gRPC services (tensorflow-serving.md §2), and the engine that carries them."""
