"""What to do where the machine lacks something that a test needs."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def give_up(why: str) -> NoReturn:
    """Skip the test, and say why; fail it where CI is set, which has everything installed."""
    if os.environ.get("CI"):
        pytest.fail(why, pytrace=False)
    pytest.skip(why)
