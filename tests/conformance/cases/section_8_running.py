"""§8: flags of running and batching, and those that are accepted without an effect."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from conformance.case import FlagCase, GrpcCase, RestCase
from conformance.cases.text_protos import floats, predict, spec
from conformance.layout import Content
from conformance.steps import Answers

_COUNTING: Mapping[str, Content] = {"m/1": 1}
_case = partial(FlagCase, section="8", files=_COUNTING)
_rest = partial(RestCase, section="", what="")
_ask = partial(GrpcCase, section="", what="")
_predict = partial(_rest, target="/v1/models/m:predict")
_ANSWERS = Answers("m", 1)
_HALF: Mapping[str, Content] = {"m/1": "half_plus_two"}
# Files that flags name, by where they lie.
_BATCHING = b"max_batch_size { value: 2 }"
_THREE_ROWS = _predict(
    body='{"instances": [1.0, 2.0, 3.0]}', status=400, error="Task size 3 is larger than maximum input batch size 2"
)
_METHODS = "{tensorflow/serving/predict, tensorflow/serving/classify, tensorflow/serving/regress}"
_PLATFORM = b"""
platform_configs { key: "tensorflow" value { source_adapter_config {
  [type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] {
    legacy_config { saved_model_tags: "train" saved_model_tags: "gpu" }
  } } } }
"""

CASES = (
    _case(
        what="enable_batching",
        flags=("--enable_batching",),
        steps=(
            _predict(
                body='{"inputs": 1.0}',
                status=400,
                error="Batching Run() input tensors must have at least one dimension",
            ),
        ),
    ),
    _case(
        what="batching_parameters_file",
        files={**_HALF, "batching.config": _BATCHING},
        flags=("--enable_batching=true", "--batching_parameters_file={home}/batching.config"),
        steps=(_THREE_ROWS, _predict(body='{"instances": [1.0, 2.0]}', json='{"predictions": [2.5, 3.0]}')),
    ),
    _case(
        what="enable_per_model_batching_parameters",
        files={**_HALF, "m/1/batching_params.pbtxt": _BATCHING},
        flags=("--enable_batching=true", "--enable_per_model_batching_parameters=true"),
        steps=(_THREE_ROWS,),
    ),
    _case(
        what="enable_per_model_batching_parameters leaves other models alone",
        flags=("--enable_batching=true", "--enable_per_model_batching_parameters=true"),
        steps=(_predict(body='{"inputs": 1.0}', json='{"outputs": 2.0}'),),
    ),
    _case(
        what="enable_signature_method_name_check",
        files={"m/1": "outputs"},
        flags=("--enable_signature_method_name_check=true",),
        steps=(
            _ask(
                request=predict(spec("m", signature="unheard_of"), x=floats(1.0)),
                code="INTERNAL",
                text="Expected prediction signature method_name to be one of "
                f"{_METHODS}. Was: tensorflow/serving/unheard_of",
            ),
        ),
    ),
    _case(
        what="no method name is checked by default",
        files={"m/1": "outputs"},
        steps=(_ask(request=predict(spec("m", signature="unheard_of"), x=floats(1.0))),),
    ),
    _case(what="tensorflow_session_parallelism", flags=("--tensorflow_session_parallelism=1",), steps=(_ANSWERS,)),
    _case(
        what="tensorflow_intra_op_parallelism and tensorflow_inter_op_parallelism",
        flags=("--tensorflow_intra_op_parallelism=1", "--tensorflow_inter_op_parallelism=2"),
        steps=(_ANSWERS,),
    ),
    _case(
        what="tensorflow_session_config_file",
        files={**_COUNTING, "session.config": b"allow_soft_placement: true inter_op_parallelism_threads: 1"},
        flags=("--tensorflow_session_config_file={home}/session.config",),
        steps=(_ANSWERS,),
    ),
    _case(
        what="a tensorflow_session_config_file of something else",
        files={**_COUNTING, "session.config": b"no such field: 1"},
        flags=("--tensorflow_session_config_file={home}/session.config",),
        refused=("INVALID_ARGUMENT", "Invalid protobuf file: '{home}/session.config'"),
    ),
    _case(
        what="platform_config_file goes before flags",
        files={"m/1": "without_serve_tag", "platforms.config": _PLATFORM},
        flags=("--platform_config_file={home}/platforms.config", "--saved_model_tags=other"),
        steps=(_predict(body='{"instances": [7.0]}', json='{"predictions": [7.0]}'),),
    ),
    *(
        _case(what=f"{flag.partition('=')[0]} is accepted", flags=(f"--{flag}",), steps=(_ANSWERS,))
        for flag in (
            "per_process_gpu_memory_fraction=0.5",
            "mixed_precision=bfloat16",
            "xla_cpu_compilation_enabled=true",
            "xla_gpu_compilation_enabled=true",
            "flush_filesystem_caches=false",
            "remove_unused_fields_from_bundle_metagraph=false",
            "skip_initialize_tpu=true",
            "thread_pool_factory_config_file={home}/none",
            "use_alts_credentials=true",
        )
    ),
)
