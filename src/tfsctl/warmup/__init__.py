"""Make and check warm-up files: requests that a server replays on a version before clients reach it.

    report = make_warmup_file(WarmupPlan(path=Path("models/half_plus_two"), bodies=(b'{"instances": [1.0, 2.0]}',)))
    assert check_warmup_file(report.path).is_accepted

Importing this package loads neither TensorFlow nor numpy. See tensorflow-serving.md §5.
"""

from tfsctl.warmup.checking import CheckReport, Finding, check_warmup_file
from tfsctl.warmup.making import WarmupReport, make_warmup_file
from tfsctl.warmup.plan import METHODS, WarmupPlan

__all__ = [
    "METHODS",
    "CheckReport",
    "Finding",
    "WarmupPlan",
    "WarmupReport",
    "check_warmup_file",
    "make_warmup_file",
]
