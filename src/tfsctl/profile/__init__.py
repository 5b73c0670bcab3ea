"""Where a request's time goes in a running server: its stages, and TensorFlow's operations.

    from tfsctl.bench import BenchPlan
    from tfsctl.profile import ProfilePlan, profile

    report = profile(ProfilePlan(load=BenchPlan(model="mnist", concurrency=4), seconds=3))
    print({stage.name: stage.mean_ms for stage in report.stages})

Needs no TensorFlow on this side.
"""

from __future__ import annotations

from tfsctl.profile.logdir import write_logdir
from tfsctl.profile.plan import ProfilePlan
from tfsctl.profile.profiler import NoRequestsError, profile
from tfsctl.profile.report import OpTime, ProfileReport, StageTime

__all__ = ["NoRequestsError", "OpTime", "ProfilePlan", "ProfileReport", "StageTime", "profile", "write_logdir"]
