"""Predict over a real gRPC connection: answers, and every refusal of tensorflow-serving.md §2.4 and §2.5."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serving.grpc_calls import GrpcCalls, connected, floats, model_spec, refusal, tensor
from serving.model_directory import serve
from tfsctl.protos import PREDICTION_SERVICE, PredictRequest, TensorProto
from tfsctl.serving import Server

X = {"x": floats(1.0, 2.0, 5.0)}


def test_half_plus_two_answers(calls: GrpcCalls) -> None:
    assert calls.predict("half_plus_two", X)["y"].tolist() == [2.5, 3.0, 4.5]


def test_the_response_tells_name_version_and_signature_but_never_the_label(calls: GrpcCalls) -> None:
    response = calls.send_predict(PredictRequest(model_spec=model_spec("half_plus_two", label="stable"), inputs=X))
    spec = response.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("half_plus_two", 1, "serving_default")
    assert spec.WhichOneof("version_choice") == "version"


def test_outputs_come_in_typed_fields(calls: GrpcCalls) -> None:
    response = calls.send_predict(PredictRequest(model_spec=model_spec("half_plus_two"), inputs=X))
    assert list(response.outputs["y"].float_val) == [2.5, 3.0, 4.5]
    assert response.outputs["y"].tensor_content == b""


def test_an_output_filter_leaves_the_other_outputs_out(calls: GrpcCalls) -> None:
    inputs = {"a": floats(1.0), "b": tensor(np.array([2], np.int32))}
    assert calls.predict("sum_difference", inputs).keys() == {"sum", "difference"}
    assert calls.predict("sum_difference", inputs, ["difference"]) == {"difference": [-1.0]}


def test_an_input_left_out_takes_the_signatures_default(calls: GrpcCalls) -> None:
    assert calls.predict("half_plus_two_tf2", {})["y"].tolist() == [2.0]


def test_any_signature_can_be_run_whatever_its_method_name(calls: GrpcCalls) -> None:
    spec = model_spec("half_plus_two", signature="regress_x2_to_y3")
    assert calls.predict(spec, {"inputs": floats(4.0)})["outputs"].tolist() == [5.0]


def test_a_signature_without_inputs_runs(calls: GrpcCalls) -> None:
    assert calls.predict(model_spec("counter", signature="get_counter"), {})["output"] == 0.0


def test_strings_come_back_as_bytes(calls: GrpcCalls) -> None:
    words = np.array([b"one", b"", b"\xff\x00"], object)
    assert calls.predict("strings", {"x": tensor(words)})["y"].tolist() == words.tolist()


def test_messages_above_four_mebibytes_pass_both_ways(calls: GrpcCalls) -> None:
    array = np.arange(2_000_000, dtype=np.float32)
    assert np.array_equal(calls.predict("identity_float32", {"x": tensor(array)})["y"], array)


@pytest.mark.parametrize(
    ("spec", "code", "text"),
    [
        (None, "INVALID_ARGUMENT", "Missing ModelSpec"),
        (model_spec(""), "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        (model_spec("m"), "NOT_FOUND", "Servable not found for request: Latest(m)"),
        (model_spec("half_plus_two", 7), "NOT_FOUND", "Servable not found for request: Specific(half_plus_two, 7)"),
        (model_spec("half_plus_two", 0), "NOT_FOUND", "Servable not found for request: Specific(half_plus_two, 0)"),
        (
            model_spec("half_plus_two", label="canary"),
            "NOT_FOUND",
            "Servable not found for request: Specific(half_plus_two, 7)",
        ),
        (
            model_spec("half_plus_two", label="beta"),
            "INVALID_ARGUMENT",
            "Unrecognized servable version label: beta",
        ),
        (
            model_spec("half_plus_two", signature="nope"),
            "FAILED_PRECONDITION",
            'Serving signature key "nope" not found.',
        ),
    ],
    ids=["absent", "unnamed", "unknown", "version", "version 0", "label, no version", "no label", "signature"],
)
def test_a_model_spec_that_means_nothing_is_refused(calls: GrpcCalls, spec: Any, code: str, text: str) -> None:
    assert refusal(lambda: calls.send_predict(PredictRequest(model_spec=spec, inputs=X))) == (code, text)


@pytest.mark.parametrize(
    ("model", "inputs", "text"),
    [
        (
            "half_plus_two",
            {"a": floats(1.0), "b": floats(1.0)},
            (
                "input size does not match signature: 2!=1 len({a,b}) != len({x})."
                " Sent extra: {a,b}. Missing but required: {x}."
            ),
        ),
        (
            "sum_difference",
            {"b": floats(1.0)},
            (
                "input size does not match signature: 1!=2 len({b}) != len({a,b})."
                " Sent extra: {}. Missing but required: {a}."
            ),
        ),
        (
            "half_plus_two",
            {"z": floats(1.0)},
            (
                "Signature input alias: x(feed name: x:0) not found in request and no default value provided."
                " Inputs expected to be in the request {z}, or default input alias set: "
            ),
        ),
        ("half_plus_two", {"x": TensorProto(dtype=1, tensor_content=b"123")}, "tensor parsing error: x"),
        (
            "half_plus_two_tf2",
            {"z": floats(1.0)},
            "Inputs contains invalid name. Used request inputs: , request input: z",
        ),
        (
            "half_plus_two",
            {"x": tensor(np.array([1.0]))},
            "Expects arg[0] to be float but double is provided",
        ),
    ],
    ids=["too many", "too few", "other name", "broken tensor", "name beside a default", "dtype"],
)
def test_inputs_that_do_not_fit_are_refused(calls: GrpcCalls, model: str, inputs: dict[str, Any], text: str) -> None:
    assert refusal(lambda: calls.predict(model, inputs)) == ("INVALID_ARGUMENT", text)


@pytest.mark.parametrize(
    ("output_filter", "text"),
    [
        (["y", "Z"], "output tensor alias not found in signature: Z Outputs expected to be in the set {y}."),
        (["y", "y"], "duplicate output tensor alias: y"),
    ],
    ids=["unknown", "twice"],
)
def test_an_output_filter_that_does_not_fit_is_refused(calls: GrpcCalls, output_filter: list[str], text: str) -> None:
    assert refusal(lambda: calls.predict("half_plus_two", X, output_filter)) == ("INVALID_ARGUMENT", text)


def test_an_error_of_the_graph_comes_back_as_it_is(calls: GrpcCalls) -> None:
    code, text = refusal(lambda: calls.predict("failing", {"x": floats(-1.0)}))
    assert code == "INVALID_ARGUMENT"
    assert "x must be positive" in text


def test_a_long_error_text_is_cut_after_1024_bytes(calls: GrpcCalls) -> None:
    name = "ü" * 1000
    code, text = refusal(lambda: calls.predict(name, X))
    assert code == "NOT_FOUND"
    assert text == f"Servable not found for request: Latest({name}"[: 32 + 7 + 492] + "...TRUNCATED"


def test_bytes_that_are_no_request_are_an_internal_error(calls: GrpcCalls) -> None:
    code, text = refusal(lambda: calls.raw(PREDICTION_SERVICE, "Predict", b"\xff\xff\xff"))
    assert code == "INTERNAL"
    assert text.startswith("Exception deserializing request!")


@pytest.mark.parametrize("service", [PREDICTION_SERVICE, "tensorflow.serving.SessionService"])
def test_methods_that_are_not_served_are_unimplemented(calls: GrpcCalls, service: str) -> None:
    assert refusal(lambda: calls.raw(service, "SessionRun", b""))[0] == "UNIMPLEMENTED"


def test_the_server_answers_others_while_refusing(calls: GrpcCalls) -> None:
    for _ in range(50):
        refusal(lambda: calls.predict("m", X))
        assert calls.predict("half_plus_two", X)["y"].tolist() == [2.5, 3.0, 4.5]


def test_a_call_past_its_deadline_frees_its_thread(zoo: Any) -> None:
    """With one thread only, the second call is answered because the first was given up on the server, too."""
    with serve(zoo / "slow", grpc_max_threads=1) as server, connected(server.grpc_address) as calls:
        seconds = {"seconds": tensor(np.array(60.0))}
        assert refusal(lambda: calls.predict("slow", seconds, timeout=0.2))[0] == "DEADLINE_EXCEEDED"
        assert calls.predict("slow", {"seconds": tensor(np.array(0.0))})["steps"] >= 0


def test_more_calls_than_threads_wait_and_none_is_refused(zoo: Any) -> None:
    with serve(zoo / "slow", grpc_max_threads=1) as server, connected(server.grpc_address) as calls:
        call = calls.channel.unary_unary(f"/{PREDICTION_SERVICE}/Predict")
        request = PredictRequest(model_spec=model_spec("slow"), inputs={"seconds": tensor(np.array(0.02))})
        answers = [call.future(request.SerializeToString(), timeout=30.0) for _ in range(30)]
        assert all(answer.result() for answer in answers)


def test_a_cancelled_call_does_not_hurt_the_next(calls: GrpcCalls) -> None:
    call = calls.channel.unary_unary(f"/{PREDICTION_SERVICE}/Predict")
    request = PredictRequest(model_spec=model_spec("slow"), inputs={"seconds": tensor(np.array(0.2))})
    for _ in range(5):
        call.future(request.SerializeToString(), timeout=30.0).cancel()
    assert calls.predict("half_plus_two", X)["y"].tolist() == [2.5, 3.0, 4.5]


def test_two_servers_in_one_process_serve_their_own_models(zoo: Any, server: Server) -> None:
    with serve(zoo / "scalar") as other, connected(other.grpc_address) as calls:
        assert other.grpc_port != server.grpc_port
        assert calls.predict("scalar", {"x": tensor(np.array(1.0, np.float32))})["y"] == 2.0
        assert refusal(lambda: calls.predict("half_plus_two", X))[0] == "NOT_FOUND"
