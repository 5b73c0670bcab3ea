"""§8, §14: how a command line is read, and what keeps a server from starting."""

from __future__ import annotations

from functools import partial

from conformance.case import FlagCase
from conformance.steps import Answers

_case = partial(FlagCase, section="8", files={"m/1": 1})
_refused = partial(_case, steps=())
_OFF, _ON = ("false", "0", "False", "FALSE"), ("true", "1", "True", "TRUE")
_ANSWERS = Answers("m", 1)
_ALL_THREADS = (
    "Either configure server_options.tensorflow_session_parallelism or"
    " (server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism)"
    " separately. You cannot configure all."
)


def _taken(value: str, number: int) -> FlagCase:
    what = f"a flag that is {value.lower()}, way {number}"
    return _case(what=what, flags=(f"--enable_profiler={value}",), steps=(_ANSWERS,))


CASES = (
    *(_taken(value, number) for values in (_ON, _OFF) for number, value in enumerate(values, start=1)),
    _case(what="a flag without a value is on", flags=("--enable_model_warmup",), steps=(_ANSWERS,)),
    *(
        _refused(
            what=f"{value!r} is neither on nor off",
            flags=(f"--enable_batching={value}",),
            refused=("INVALID_ARGUMENT", f"Invalid value for --enable_batching: '{value}' is not true or false."),
        )
        for value in ("yes", "on", "", "tRUE")
    ),
    _refused(
        what="no flag is turned off by no",
        flags=("--noenable_batching",),
        refused=("INVALID_ARGUMENT", "unknown argument: --noenable_batching"),
        difference="unknown flags",
    ),
    _refused(
        what="a single dash",
        flags=("-enable_batching",),
        refused=("INVALID_ARGUMENT", "unknown argument: -enable_batching"),
        difference="unknown flags",
    ),
    _refused(
        what="no such flag",
        flags=("--rest_api_prt=1",),
        refused=("INVALID_ARGUMENT", "unknown argument: --rest_api_prt"),
        difference="unknown flags",
    ),
    *(
        _refused(
            what=f"{value!r} is no int32",
            flags=(f"--grpc_max_threads={value}",),
            refused=("INVALID_ARGUMENT", f"Invalid value for --grpc_max_threads: '{value}' {why}."),
        )
        for value, why in (
            ("x", "is not a whole number"),
            ("", "is not a whole number"),
            ("1.5", "is not a whole number"),
            ("2147483648", "does not fit into an int32"),
        )
    ),
    _case(
        what="the last of several counts",
        flags=("--saved_model_tags=none", "--saved_model_tags=serve"),
        steps=(_ANSWERS,),
    ),
    _case(what="a value behind a space", flags=("--saved_model_tags", "serve"), steps=(_ANSWERS,), difference="flags"),
    _case(what="dashes in names", flags=("--saved-model-tags=serve",), steps=(_ANSWERS,), difference="flags"),
    _case(
        what="empty names of files mean none",
        flags=(
            *("--batching_parameters_file=", "--monitoring_config_file=", "--ssl_config_file="),
            *("--model_config_file=", "--model_name=m", "--model_base_path={home}/m"),
        ),
        steps=(_ANSWERS,),
    ),
    _refused(
        what="neither port nor socket",
        flags=("--port=0",),
        refused=(
            "INVALID_ARGUMENT",
            "At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.",
        ),
    ),
    _refused(
        what="alts and tls",
        flags=("--use_alts_credentials=true", "--ssl_config_file={home}/ssl.config"),
        refused=("INVALID_ARGUMENT", "Either use_alts_credentials must be false or ssl_config_file must be empty."),
    ),
    _refused(
        what="no model",
        flags=("--model_base_path=", "--model_config_file="),
        refused=(
            "INVALID_ARGUMENT",
            "Both server_options.model_base_path and server_options.model_config_file are empty!",
        ),
    ),
    _refused(
        what="all three numbers of threads",
        flags=tuple(f"--tensorflow_{kind}_parallelism=1" for kind in ("session", "intra_op", "inter_op")),
        refused=("INVALID_ARGUMENT", _ALL_THREADS),
    ),
    _refused(
        what="batching parameters without batching",
        flags=("--batching_parameters_file={home}/batching.config",),
        refused=(
            "INVALID_ARGUMENT",
            "server_options.batching_parameters_file is set without setting server_options.enable_batching to true.",
        ),
    ),
    _refused(
        what="a config file that is not there",
        flags=("--model_config_file={home}/none",),
        refused=("NOT_FOUND", "{home}/none; No such file or directory"),
    ),
)
