"""TF Serving's REST API (tensorflow-serving.md §1), as functions of requests. Knows no sockets."""
