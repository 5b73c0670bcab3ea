"""What to send and how to judge the answers. Importing this package loads neither numpy nor a client."""

from tfsctl.bench.workload.choosing import workload_for
from tfsctl.bench.workload.inputs_plan import InputRange, InputShape, InputsPlan, parse_range, parse_shape
from tfsctl.bench.workload.workload import Workload

__all__ = ["InputRange", "InputShape", "InputsPlan", "Workload", "parse_range", "parse_shape", "workload_for"]
