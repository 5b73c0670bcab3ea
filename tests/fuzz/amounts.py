"""How many inputs there are, and which part of them each test gets."""

from __future__ import annotations

import os

NUM_INPUTS = int(os.environ.get("TFSCTL_FUZZ_INPUTS", "10000"))
# The same inputs each time, unless told otherwise: a run of all tests is to say the same of the same code.
SEED = int(os.environ.get("TFSCTL_FUZZ_SEED", "0"))

# In thousandths. What is slow gets little.
SHARES = {
    "json codec": 170,
    "tensor codec": 130,
    "json bodies": 210,
    "targets and headers": 120,
    "http bytes": 80,
    "grpc messages": 160,
    "grpc bytes": 15,
    "text protos": 55,
    "records": 30,
    "batched": 25,
    "reload": 5,
}
assert sum(SHARES.values()) == 1000


def num_inputs(share: str) -> int:
    """How many inputs the test of this share gets."""
    return max(1, NUM_INPUTS * SHARES[share] // 1000)
