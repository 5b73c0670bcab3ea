"""Where the log of a server process goes: to stderr, as TF Serving's does."""

from __future__ import annotations

import logging
import sys


def start_logging(level: int = logging.INFO) -> None:
    """Write what happens to models and requests to stderr. For the process that is the server's own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("tfsctl")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(level)
