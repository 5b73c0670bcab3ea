"""Find out how to run a server for a model: batching parameters and thread counts, under a limit of latency.

    report = Tuner(TunePlan(load=BenchPlan(model="mnist"), limits=parse_limits(["p99<20ms"])), start_server).run()
    print(report.setting, *report.reasons)

A server is started for each measurement by a function of the caller's (`StartServer`): this part knows TensorFlow
Serving's flags, and no server.
"""

from __future__ import annotations

from tfsctl.tune.limit import parse_limits
from tfsctl.tune.parameters_text import MODEL_FILE_NAME, SERVER_FILE_NAME, model_parameters_text, parameters_text
from tfsctl.tune.plan import TunePlan
from tfsctl.tune.progress import TuneProgress
from tfsctl.tune.report import TuneReport
from tfsctl.tune.setting import Batching, Setting
from tfsctl.tune.tuner import StartServer, Tuner

__all__ = [
    "MODEL_FILE_NAME",
    "SERVER_FILE_NAME",
    "Batching",
    "Setting",
    "StartServer",
    "TunePlan",
    "TuneProgress",
    "TuneReport",
    "Tuner",
    "model_parameters_text",
    "parameters_text",
    "parse_limits",
]
