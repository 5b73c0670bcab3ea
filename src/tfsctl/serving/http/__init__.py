"""The HTTP engine: bytes on a socket to requests, answers to bytes. Knows no models."""
