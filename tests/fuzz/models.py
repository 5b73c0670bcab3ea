"""What the servers serve: models of the zoo under their own names."""

from __future__ import annotations

from pathlib import Path

from serving.reload_calls import entry, label, listed
from tfsctl.data_type import DataType

# `identity_<name>` gives back what it is given, of this type.
IDENTITIES = {
    "float32": DataType.FLOAT,
    "float64": DataType.DOUBLE,
    "int8": DataType.INT8,
    "uint8": DataType.UINT8,
    "int32": DataType.INT32,
    "int64": DataType.INT64,
    "uint32": DataType.UINT32,
    "uint64": DataType.UINT64,
    "bool": DataType.BOOL,
    "string": DataType.STRING,
    "float16": DataType.HALF,
    "bfloat16": DataType.BFLOAT16,
    "uint16": DataType.UINT16,
    "complex64": DataType.COMPLEX64,
    "qint8": DataType.QINT8,
}
# Model, signature and inputs of what can be asked for by REST and gRPC alike.
SIGNATURES: dict[str, tuple[str, dict[str, DataType]]] = {
    "half_plus_two": ("", {"x": DataType.FLOAT}),
    "half_plus_two_of_tf2": ("", {"x": DataType.FLOAT}),
    "sum_difference": ("", {"a": DataType.FLOAT, "b": DataType.INT32}),
    "strings": ("", {"x": DataType.STRING}),
    "scalar": ("", {"x": DataType.FLOAT}),
    "zero_size": ("", {"x": DataType.FLOAT}),
    "table": ("", {"words": DataType.STRING}),
    "failing": ("", {"x": DataType.FLOAT}),
    "counter": ("incr_counter_by", {"delta": DataType.FLOAT}),
    "outputs": ("three", {"a": DataType.FLOAT, "b": DataType.STRING, "c": DataType.STRING}),
    "cnn": ("", {"images": DataType.FLOAT}),
    "ranks": ("any_rank", {"x": DataType.FLOAT}),
    "ranks_tf1": ("conv", {"x": DataType.FLOAT}),
    **{f"identity_{name}": ("", {"x": dtype}) for name, dtype in IDENTITIES.items()},
}
# Nobody asks for this half_plus_two by accident.
OURS = "ours"
MODELS = (*SIGNATURES, "examples", "features")


def config_text(zoo: Path) -> str:
    """All of them, version 1 with the label `stable`."""
    models = {name: name for name in MODELS} | {OURS: "half_plus_two"}
    return listed(*(entry(name, zoo / model, label("stable", 1)) for name, model in models.items()))


def config_file(zoo: Path, directory: Path) -> Path:
    """The same in a file."""
    return _file(directory / "models.config", config_text(zoo))


def monitoring_file(directory: Path) -> Path:
    """Turns on the page for Prometheus."""
    return _file(directory / "monitoring.config", "prometheus_config { enable: true }")


def batched_flags(directory: Path) -> tuple[str, ...]:
    """Turn batching on, and a log of one request in ten."""
    text = """
        max_batch_size { value: 16 } batch_timeout_micros { value: 2000 } num_batch_threads { value: 2 }
        allowed_batch_sizes: [4, 16] pad_variable_length_inputs: true
    """
    parameters = _file(directory / "batching.config", text)
    log = (f"--request_log={directory / 'requests'}", "--request_log_sampling_rate=0.1")
    return ("--enable_batching", f"--batching_parameters_file={parameters}", *log)


def _file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
