"""§10.1: the digits of the MNIST example, as tfsctl trains and exports them."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.case import GrpcCase, RestCase, ScenarioCase
from conformance.cases.text_protos import inference, predict, spec, tensor
from conformance.servers import Home
from conformance.stage import Stage
from serving.example_calls import ExampleCalls, classes_of, given
from serving.grpc_calls import model_spec
from serving.grpc_calls import tensor as tensor_of
from tfsctl.protos import Example
from tutorial_models import tutorial_models

_case = partial(GrpcCase, section="10.1", server="tutorial")
_metadata = partial(RestCase, section="10.1", server="tutorial", method="GET", target="/v1/models/mnist/metadata")
_NUM_PIXELS = 784
_IMAGE = np.linspace(0.0, 1.0, _NUM_PIXELS, dtype=np.float32)


def _images(num_rows: int, num_pixels: int = _NUM_PIXELS) -> str:
    return tensor("DT_FLOAT", [num_rows, num_pixels], f"float_val: [{', '.join(['0.5'] * num_rows * num_pixels)}]")


def _example(number: int = _NUM_PIXELS, feature: str = "x") -> str:
    values = ", ".join(["0.5"] * number)
    content = f'feature {{ key: "{feature}" value {{ float_list {{ value: [{values}] }} }} }}'
    return f"example_list {{ examples {{ features {{ {content} }} }} }}"


def _agree(stage: Stage) -> None:
    """Scores in class order, which add up to 1, and the same sorted with the digits as text."""
    server = stage.serve(Home(stage.zoo, stage.directory).config_of({"mnist": tutorial_models() / "mnist"}))
    calls = stage.grpc(server)
    predicted = calls.predict(model_spec("mnist", signature="predict_images"), {"images": tensor_of(_IMAGE[None])})
    (scores,) = predicted["scores"].tolist()
    assert abs(sum(scores) - 1.0) < 1e-5
    message = Example()
    message.features.feature["x"].float_list.value.extend(_IMAGE)
    response = ExampleCalls(calls).classify(model_spec("mnist"), given(message))
    (classes,) = classes_of(response.result)
    assert classes == sorted(((str(digit), score) for digit, score in enumerate(scores)), key=lambda pair: -pair[1])


CASES = (
    _metadata(
        what="predict_images is for predict, the default signature for classify",
        contains=(
            '"method_name": "tensorflow/serving/predict"',
            '"method_name": "tensorflow/serving/classify"',
            '  "predict_images": {\n',
            '  "serving_default": {\n',
        ),
    ),
    _metadata(what="images have 784 pixels", contains=('"size": "784"', '"images": {\n', '"scores": {\n')),
    _metadata(
        what="the default signature takes examples and gives classes", contains=('"inputs": {\n', '"classes": {\n')
    ),
    _case(
        what="predict_images scores every image of a batch",
        request=predict(spec("mnist", signature="predict_images"), images=_images(3)),
        contains=f'outputs {{ key: "scores" value {{ {tensor("DT_FLOAT", [3, 10])} }} }}',
    ),
    _case(
        what="images of another size",
        request=predict(spec("mnist", signature="predict_images"), images=_images(1, 783)),
        code="INVALID_ARGUMENT",
    ),
    _case(
        what="images without predict_images go to the signature of examples",
        request=predict(spec("mnist"), images=_images(1)),
        code="INVALID_ARGUMENT",
        starts="Signature input alias: inputs(feed name: ",
    ),
    _case(what="classify takes the feature x", call="Classify", request=inference(spec("mnist"), _example())),
    _case(
        what="classify without the feature x",
        call="Classify",
        request=inference(spec("mnist"), _example(feature="y")),
        code="INVALID_ARGUMENT",
        starts="Name: <unknown>, Feature: x (data type: float) is required but could not be found.",
    ),
    _case(
        what="classify with too few pixels",
        call="Classify",
        request=inference(spec("mnist"), _example(7)),
        code="INVALID_ARGUMENT",
    ),
    ScenarioCase(section="10.1", what="classes are digits as text by falling score", play=_agree),
)
