"""The server's own spans: when the requests of a recording were parsed, waited, ran and were encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from serving.model_directory import serve
from serving.recordings import Recordings
from tfsctl.client import Client, connect
from tfsctl.errors import TfsctlError
from tfsctl.model_spec import ModelSpec
from tfsctl.profile.trace import RequestSpan, Trace
from tfsctl.serving import Server

NUM_REQUESTS = 24
CONCURRENCY = 4
# Times are whole nanoseconds in the trace: each of a request's parts may be off by one.
ROUNDING_MS = 1e-5


@pytest.fixture(scope="module", params=[False, True], ids=["", "batching"])
def spanned(request: pytest.FixtureRequest, zoo: Path) -> Iterator[Server]:
    """A server with batching and one without."""
    models = [zoo / name for name in ("half_plus_two", "failing", "examples", "digits")]
    with serve(*models, enable_batching=request.param) as running:
        yield running


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch) -> Recordings:
    return Recordings(monkeypatch)


@pytest.fixture(params=["rest", "grpc"])
def client(request: pytest.FixtureRequest, spanned: Server) -> Iterator[Client]:
    """One protocol and then the other."""
    address = spanned.rest_address if request.param == "rest" else spanned.grpc_address
    with connect(address, protocol=request.param) as connected:
        yield connected


def predict(client: Client, model: str = "half_plus_two") -> None:
    client.predict(model, {"x": [1.0]})


def many(ask: Callable[[], object]) -> Callable[[], None]:
    """So many requests at once."""

    def send() -> None:
        with ThreadPoolExecutor(CONCURRENCY) as threads:
            for future in [threads.submit(ask) for _ in range(NUM_REQUESTS)]:
                future.result()

    return send


def spans(trace: Trace) -> tuple[RequestSpan, ...]:
    assert trace.requests is not None
    return trace.requests


def test_every_request_of_a_recording_has_its_spans(spanned: Server, client: Client, recordings: Recordings) -> None:
    predict(client)  # Looks the signature up.

    requests = spans(recordings.trace(spanned, many(lambda: predict(client))))

    assert sorted(each.request_id for each in requests) == list(range(1, NUM_REQUESTS + 1))
    entrypoint = "REST" if client.address.protocol == "rest" else "GRPC"
    assert {(each.model, each.version, each.signature, each.method, each.entrypoint) for each in requests} == {
        ("half_plus_two", 1, "serving_default", "Predict", entrypoint)
    }
    assert all(each.is_ok for each in requests)


def test_stages_add_up_to_the_time_in_the_server(spanned: Server, client: Client, recordings: Recordings) -> None:
    predict(client)

    requests = spans(recordings.trace(spanned, many(lambda: predict(client))))

    for each in requests:
        assert {"parse", "run", "encode"} <= each.stages.keys() <= {"queue", "parse", "run", "encode"}
        assert min(each.stages.values()) >= 0
        assert sum(each.stages.values()) == pytest.approx(each.ms, abs=ROUNDING_MS)
    if spanned.config.enable_batching or client.address.protocol == "grpc":
        assert all(each.stages["queue"] > 0 for each in requests)


def test_tensorflow_runs_within_the_run_stage(spanned: Server, client: Client, recordings: Recordings) -> None:
    predict(client)

    trace = recordings.trace(spanned, many(lambda: predict(client)))

    assert 0 < sum(trace.session_runs) < sum(each.stages["run"] for each in spans(trace))
    if not spanned.config.enable_batching:
        assert len(trace.session_runs) == NUM_REQUESTS


def test_failed_runs_are_told_from_answers(spanned: Server, client: Client, recordings: Recordings) -> None:
    def ask() -> None:
        with pytest.raises(TfsctlError):
            client.predict("failing", {"x": [-1.0]})

    with pytest.raises(TfsctlError):
        client.predict("failing", {"x": [-1.0]})

    (request,) = spans(recordings.trace(spanned, ask))

    assert (request.model, request.is_ok) == ("failing", False)


def test_refused_requests_are_counted_only(spanned: Server, client: Client, recordings: Recordings) -> None:
    def ask() -> None:
        predict(client)
        for body in (b'{"instances": "text"}', b'{"instances": [[1], 2]}'):
            with pytest.raises(TfsctlError):
                client.predict_json("half_plus_two", body)
        with pytest.raises(TfsctlError):
            client.predict_json("nix", b'{"instances": [1]}')

    predict(client)
    trace = recordings.trace(spanned, ask)

    assert len(spans(trace)) == 1
    # The gRPC client refuses bad JSON itself.
    assert trace.num_refused == (3 if client.address.protocol == "rest" else 0)


def test_questions_about_models_are_no_requests(spanned: Server, client: Client, recordings: Recordings) -> None:
    def ask() -> None:
        client.status("half_plus_two")
        client.metadata("half_plus_two")
        client.models()

    trace = recordings.trace(spanned, ask)

    assert (trace.requests, trace.num_refused, trace.session_runs) == (None, 0, ())


def test_classify_and_regress_have_spans_too(spanned: Server, client: Client, recordings: Recordings) -> None:
    def ask() -> None:
        for method, name in ((client.classify, "classify"), (client.regress, "regress")):
            method(ModelSpec("examples", signature_name=name), [{"x": 1.0}])

    trace = recordings.trace(spanned, ask)

    assert [(each.method, each.signature) for each in spans(trace)] == [
        ("Classify", "classify"),
        ("Regress", "regress"),
    ]


def test_without_a_recording_nothing_is_in_the_way(spanned: Server, client: Client, recordings: Recordings) -> None:
    predict(client)
    http, grpc = spanned._front_ends._http_server, spanned._front_ends._grpc_server
    assert http is not None
    assert grpc is not None
    assert http._engine is not None
    seen = []

    def look() -> None:
        assert http is not None
        assert grpc is not None
        assert http._engine is not None
        seen.append((http._engine.handle, http._workers._wrap, grpc._threads._wrap, dict(grpc._methods.handlers)))

    look()
    recordings.trace(spanned, look)
    look()

    before, during, after = seen
    assert after == before
    assert (before[1], before[2]) == (None, None)
    assert all(a is not b for a, b in zip(before[:3], during[:3], strict=True))
    predict(client)


def test_requests_under_way_when_it_ends_are_answered(spanned: Server, client: Client, recordings: Recordings) -> None:
    predict(client)
    with ThreadPoolExecutor(CONCURRENCY) as threads:
        answers: list[Future[None]] = []
        for _ in range(5):
            recordings.xspace(spanned, lambda: answers.extend(threads.submit(predict, client) for _ in range(8)))
        for answer in answers:
            answer.result()


def test_a_request_cut_into_pieces_has_one_span(zoo: Path, recordings: Recordings, tmp_path: Path) -> None:
    parameters = tmp_path / "batching.pbtxt"
    parameters.write_text(
        "max_batch_size { value: 8 }\nmax_execution_batch_size { value: 2 }\n"
        "enable_large_batch_splitting { value: true }\n"
    )
    with (
        serve(zoo / "half_plus_two", enable_batching=True, batching_parameters_file=parameters) as server,
        connect(server.grpc_address) as client,
    ):
        (request,) = spans(recordings.trace(server, lambda: client.predict("half_plus_two", {"x": [1.0] * 6})))

    assert sum(request.stages.values()) == pytest.approx(request.ms, abs=ROUNDING_MS)
    assert request.stages["queue"] > 0


def test_requests_beyond_the_limit_are_counted_only(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfsctl.serving.profiler.request_timer.MAX_REQUESTS", 3)
    with serve(zoo / "half_plus_two") as server, connect(server.grpc_address) as client:
        predict(client)
        trace = Recordings(monkeypatch).trace(server, many(lambda: predict(client)))

    assert (len(spans(trace)), trace.num_dropped) == (3, NUM_REQUESTS - 3)


def test_litert_models_have_spans_without_operations(zoo: Path, recordings: Recordings) -> None:
    with (
        serve(zoo / "tflite_half_plus_two", prefer_tflite_model=True) as server,
        connect(server.grpc_address) as client,
    ):
        predict(client, "tflite_half_plus_two")
        trace = recordings.trace(server, lambda: predict(client, "tflite_half_plus_two"))

    assert (len(spans(trace)), trace.session_runs, trace.ops) == (1, (), ())
