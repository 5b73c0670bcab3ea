"""Every purposeful difference from TensorFlow Serving, with its reason. Anything else that differs is a bug.

Cases name the difference that they show (`Case.difference`); what no case can show is shown by the test in `shown_by`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """What TensorFlow Serving does, what tfsctl does, and why; `section` is where the reference states the former."""

    name: str
    section: str
    theirs: str
    ours: str
    reason: str
    shown_by: str = ""


DIFFERENCES = (
    Difference(
        "address",
        "1.3",
        "listens on all interfaces",
        "listens on 127.0.0.1 unless `--host` says otherwise",
        "there is no authentication",
        "tests/serving/test_config.py::test_defaults_are_tf_servings_on_the_loopback_address",
    ),
    Difference(
        "list of models",
        "1.1",
        "`GET /v1/models` is 400 `Missing model name in request.`",
        "`GET /v1/models` lists the models and the states of their versions",
        "a server should say what it serves",
    ),
    Difference(
        "health",
        "1.1",
        "no health over HTTP",
        "`/livez` and `/readyz`",
        "a status page that answers 200 for a model that failed is no readiness check",
    ),
    Difference(
        "grpc health",
        "2.1",
        "the gRPC health service needs a flag",
        "it is always there, and knows the models too",
        "it harms nobody and is looked for by everybody",
    ),
    Difference(
        "limits",
        "1.3",
        "no limit on heads and bodies, no timeout for slow clients",
        "64 KiB of head, 2 GiB of body, and wide timeouts",
        "one client should not be able to hold a server",
    ),
    Difference(
        "gzip answers",
        "1.3",
        "answers are never compressed",
        "answers of a kibibyte and more are, where the client asks for gzip",
        "columns of digits shrink to a third, and nobody gets what he did not ask for",
    ),
    Difference(
        "tls over rest",
        "1.3",
        "REST has no TLS",
        "`--rest-ssl` gives it the certificate of gRPC",
        "who encrypts one port wants the other encrypted too",
        "tests/serving/test_tls_rest.py::test_certificates_are_used_by_grpc_and_rest_at_once",
    ),
    Difference(
        "request log",
        "9",
        "a model with `logging_config` does not start: no logger is built in",
        "its requests are logged",
        "a log of requests is what warm-up files are made of",
        "tests/serving/test_request_log.py::test_grpc_predict_is_logged_as_it_came_and_went",
    ),
    Difference(
        "half in json",
        "1.7",
        "half and bfloat16 are refused in JSON, both ways",
        "they are read and written as numbers",
        "they are floats",
    ),
    Difference(
        "subnormals",
        "1.7",
        "subnormal numbers in JSON are read as zero",
        "they are kept",
        "they are numbers",
    ),
    Difference(
        "rounding",
        "1.7",
        "decimal numbers in JSON are up to a few units in the last place off",
        "they are rounded correctly",
        "every client computes with the nearest double",
    ),
    Difference(
        "layout",
        "1.10",
        "answers are pretty printed whatever their size",
        "answers of more than 4096 values are compact",
        "half the bytes",
    ),
    Difference(
        "digits",
        "1.8",
        "numbers are printed with 6, or else with 9 or 17 digits, large ones with an exponent",
        "numbers are printed with the fewest digits that read back to the same value",
        "the same values, cheaper",
    ),
    Difference(
        "tensor content in rest",
        "1.8",
        "with `--enable_serialization_as_tensor_content` REST answers lose their values",
        "that flag concerns gRPC alone",
        "an empty answer is of no use",
    ),
    Difference(
        "metric labels",
        "7.1",
        "line breaks in metric labels are printed as they are",
        "they are escaped",
        "one made-up URL would make the page unreadable",
        "tests/serving/test_monitoring.py::test_name_with_a_line_break_leaves_the_page_readable",
    ),
    Difference(
        "monitoring file",
        "7",
        "with a monitoring file that cannot be read gRPC goes on, REST does not",
        "the server does not start",
        "a mistake in a file should be seen at once",
        "tests/serving/test_monitoring.py::test_server_does_not_start_with_a_bad_file",
    ),
    Difference(
        "relative base paths",
        "3.1",
        "relative base paths are refused",
        "they are taken from the working directory",
        "people type them",
        "tests/serving/test_config.py::test_a_relative_base_path_is_made_absolute",
    ),
    Difference(
        "broken base path",
        "3.1",
        "a broken base path holds up every model of the server",
        "it concerns that model alone",
        "one mistake should cost one model",
        "tests/serving/test_server.py::test_a_missing_model_is_not_awaited_beside_one_that_is_there",
    ),
    Difference(
        "one poll",
        "3.3",
        "with a poll period of 0 a reload that adds a model never ends",
        "the base paths are looked at once more after a reload",
        "whoever asks for a model should get it, or be told why not",
    ),
    Difference(
        "retries",
        "3.5",
        "a load that fails is tried again after a minute, five times; nothing is said until then",
        "it is tried again after 0.1 s, 0.2 s, 0.4 s … and reported at once",
        "a corrupt model is known in seconds",
        "tests/core/test_manager_failing.py::test_failing_load_is_retried_and_ends_with_the_error",
    ),
    Difference(
        "retries hold nobody up",
        "3.5",
        "with `num_load_threads` 0 a load that is being retried blocks all others",
        "it blocks none",
        "one broken model should not keep the others from loading",
        "tests/core/test_manager_failing.py::test_retrying_load_does_not_hold_up_another_model",
    ),
    Difference(
        "swaps",
        "3.5",
        "a long request holds up the loads and unloads of all models",
        "it holds up the unload of its own version",
        "one slow client should not keep the others from a new model",
    ),
    Difference(
        "failing at start",
        "3.4",
        "a model that fails at start ends the server",
        "it ends it only if no model is available",
        "the others can serve",
        "tests/serving/test_server.py::test_a_broken_model_says_why_and_does_not_hurt_the_good_one",
    ),
    Difference(
        "labels of loading versions",
        "3.7",
        "a label for a version that is still loading is refused",
        "it is taken, and means its old version until the new one is there",
        "nobody needs two reloads for one change",
        "tests/serving/test_version_labels.py::test_a_label_means_its_old_version_until_the_new_one_is_there",
    ),
    Difference(
        "refused reload",
        "3.6",
        "a reload that is refused may be remembered in part",
        "it changes nothing",
        "what was refused should not be in force",
        "tests/serving/test_reload.py::test_what_is_refused_changes_nothing_and_later_reloads_work",
    ),
    Difference(
        "variables without index",
        "3.5",
        "a model whose variables cannot be found loads, then every request fails",
        "it fails to load, and says why",
        "a model that cannot answer is not available",
        "tests/runtime/test_load.py::test_a_broken_model_is_refused_with_the_reason",
    ),
    Difference(
        "empty batch",
        "4.3",
        "with batching, an empty batch waits for the next request",
        "it runs at once",
        "nobody may ever come",
        "tests/serving/batching/test_batching_server.py::test_an_empty_batch_is_answered_at_once",
    ),
    Difference(
        "threads",
        "8",
        "gRPC calls beyond the thread limit are refused",
        "they are queued",
        "a burst is no error",
    ),
    Difference(
        "unknown flags",
        "8",
        "an unknown flag is a warning",
        "it is a usage error with the nearest name",
        "a typo should not be ignored",
        "tests/cli/test_serve.py::test_serve_with_a_wrong_command_line_ends_with_two",
    ),
    Difference(
        "missing path",
        "8",
        "a base path that does not exist is awaited",
        "a PATH argument that does not exist is refused at once; one of a flag or a file is awaited",
        "it is a typo",
        "tests/serving/test_model_discovery.py::test_a_path_that_does_not_exist_is_refused_at_once",
    ),
    Difference(
        "sigterm",
        "8",
        "SIGTERM ends requests",
        "SIGTERM drains",
        "a rolling update should lose nothing",
        "tests/serving/test_signals.py::test_a_signal_drains_and_ends_with_status_0",
    ),
)
