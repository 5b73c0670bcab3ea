"""How TensorFlow's sessions are configured: what the flags amount to (tensorflow-serving.md §8)."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from tfsctl.errors import UsageError
from tfsctl.runtime import SessionOptions
from tfsctl.serving.flags.table import ModelServerFlags

_LOGGER = logging.getLogger("tfsctl.serving")

_BFLOAT16 = "bfloat16"


def session_options(flags: ModelServerFlags) -> SessionOptions:
    """The session options that `flags` ask for; a file is read for them.

    Raises:
        UsageError: all three numbers of threads are set.
        TfsctlError: what `tfsctl.serving.text_proto.read_text_proto` raises.
    """
    intra_op, inter_op = _threads(flags)
    return SessionOptions(
        intra_op_parallelism_threads=intra_op, inter_op_parallelism_threads=inter_op, config_proto=_config_proto(flags)
    )


def _threads(flags: ModelServerFlags) -> tuple[int, int]:
    """Threads within and between operations. Where one of the two is set, the number for both does not count."""
    session = flags.tensorflow_session_parallelism
    intra_op = flags.tensorflow_intra_op_parallelism
    inter_op = flags.tensorflow_inter_op_parallelism
    if min(session, intra_op, inter_op) > 0:
        raise UsageError(
            "Either configure server_options.tensorflow_session_parallelism or"
            " (server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism)"
            " separately. You cannot configure all."
        )
    return (intra_op, inter_op) if max(intra_op, inter_op) > 0 else (session, session)


def _config_proto(flags: ModelServerFlags) -> bytes:
    """A serialized ConfigProto; messages are loaded only where there is something to say."""
    wants_bfloat16 = _wants_bfloat16(flags.mixed_precision)
    file = flags.tensorflow_session_config_file
    if not (file or wants_bfloat16 or flags.per_process_gpu_memory_fraction):
        return b""
    config = _new_config(file)
    if flags.per_process_gpu_memory_fraction:
        config.gpu_options.per_process_gpu_memory_fraction = flags.per_process_gpu_memory_fraction
    if wants_bfloat16:
        rewriting = config.graph_options.rewrite_options
        # TensorFlow looks whether the CPU can do it.
        rewriting.auto_mixed_precision_onednn_bfloat16 = rewriting.ON
    serialized: bytes = config.SerializeToString()
    return serialized


def _new_config(file: str) -> Any:
    from tfsctl.protos import ConfigProto
    from tfsctl.serving.text_proto import read_text_proto

    return read_text_proto(Path(file), ConfigProto) if file else ConfigProto()


def _wants_bfloat16(precision: str) -> bool:
    if precision and precision != _BFLOAT16:
        _LOGGER.warning("--mixed_precision=%s has no effect: only %s has one.", precision, _BFLOAT16)
    return precision == _BFLOAT16
