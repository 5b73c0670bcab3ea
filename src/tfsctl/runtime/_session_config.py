"""What a session is configured with, as TensorFlow wants to read it."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from tfsctl.errors import InvalidArgumentError
from tfsctl.protos import ConfigProto
from tfsctl.runtime.model import SessionOptions


def config_proto(options: SessionOptions) -> bytes:
    """The serialized ConfigProto that `options` amount to; raises InvalidArgumentError if theirs is none."""
    try:
        config = ConfigProto.FromString(options.config_proto)
    except DecodeError as error:
        raise InvalidArgumentError("The session's configuration is not a serialized ConfigProto.") from error
    if options.intra_op_parallelism_threads:
        config.intra_op_parallelism_threads = options.intra_op_parallelism_threads
    if options.inter_op_parallelism_threads:
        config.inter_op_parallelism_threads = options.inter_op_parallelism_threads
    serialized: bytes = config.SerializeToString()
    return serialized
