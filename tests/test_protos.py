"""TensorFlow's messages without TensorFlow, and with a TensorFlow that is imported later."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tfsctl import protos


def _output(script: str, *arguments: str | Path) -> str:
    """What Python code prints in a process of its own; it must end well."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_messages_come_without_tensorflow() -> None:
    script = """
        import sys
        import tfsctl.protos
        print(sorted(name for name in ("tensorflow", "tensorflow.python", "numpy", "keras") if name in sys.modules))
    """
    assert _output(script) == "[]\n"


def test_importing_them_is_quick_to_repeat_and_leaves_nothing_half_done() -> None:
    script = """
        import importlib, sys
        import tfsctl.protos as protos
        before = protos.PredictRequest
        importlib.reload(protos)
        print(before is protos.PredictRequest, "tensorflow" in sys.modules)
    """
    assert _output(script) == "True False\n"


def test_every_message_can_be_made_and_read_back() -> None:
    request = protos.PredictRequest()
    request.model_spec.name = "half_plus_two"
    request.inputs["x"].CopyFrom(protos.TensorProto(dtype=1, float_val=[1.0]))

    same = protos.PredictRequest.FromString(request.SerializeToString())

    assert same == request
    assert same.inputs["x"].float_val == [1.0]


@pytest.mark.slow
def test_a_later_import_of_tensorflow_works_and_shares_the_messages(tmp_path: Path) -> None:
    script = """
        import sys
        import tfsctl.protos as protos
        import tensorflow as tf
        from tensorflow.core.framework import tensor_pb2
        from tensorflow_serving.apis import predict_pb2

        module = tf.Module()
        module.f = tf.function(lambda x: {"y": x + 1.0}, input_signature=[tf.TensorSpec([None], name="x")])
        tf.saved_model.save(module, sys.argv[1], signatures=module.f)
        loaded = tf.saved_model.load(sys.argv[1])
        print(loaded.signatures["serving_default"](tf.constant([1.0]))["y"].numpy().tolist())
        print(protos.TensorProto is tensor_pb2.TensorProto, protos.PredictRequest is predict_pb2.PredictRequest)
        print(type(tf.make_tensor_proto([1.0])) is protos.TensorProto)
    """
    assert _output(script, tmp_path / "1") == "[2.0]\nTrue True\nTrue\n"


@pytest.mark.slow
def test_an_earlier_import_of_tensorflow_is_used() -> None:
    script = """
        import tensorflow as tf
        import tfsctl.protos as protos
        request = protos.PredictRequest()
        request.inputs["x"].CopyFrom(tf.make_tensor_proto([1.0]))
        print(tf.make_ndarray(request.inputs["x"]).tolist(), tf.__version__ != "")
    """
    assert _output(script) == "[1.0] True\n"


def test_keras_models_and_tensorflow_io_still_find_their_modules(tmp_path: Path) -> None:
    script = """
        import tfsctl.protos
        import tensorflow.core.protobuf.config_pb2 as config
        print(config.ConfigProto is tfsctl.protos.ConfigProto)
    """
    assert _output(script) == "True\n"
