"""The lines of TensorFlow Serving's REST tutorial, run by curl itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from missing_parts import give_up
from serving.watched_server import WatchedServer

CURL = shutil.which("curl")
STATUS = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}

# Arguments, and the value of what comes back.
TUTORIAL: list[tuple[list[str], Any]] = [
    (["{url}/v1/models/half_plus_three"], {"model_version_status": [STATUS]}),
    (["{url}/v1/models/half_plus_three/versions/1"], {"model_version_status": [STATUS]}),
    (
        ["-d", '{"instances": [1.0, 2.0, 5.0]}', "-X", "POST", "{url}/v1/models/half_plus_two:predict"],
        {"predictions": [2.5, 3.0, 4.5]},
    ),
    (
        ["-d", '{"instances": [1.0,2.0,5.0]}', "-X", "POST", "{url}/v1/models/half_plus_three/versions/1:predict"],
        {"predictions": [3.5, 4.0, 5.5]},
    ),
    (
        ["-d", '{"inputs": [1.0, 2.0, 5.0]}', "-X", "POST", "{url}/v1/models/half_plus_two:predict"],
        {"outputs": [2.5, 3.0, 4.5]},
    ),
    (
        [
            "-d",
            '{"signature_name": "tensorflow/serving/regress", "examples": [{"x": 1.0}, {"x": 2.0}]}',
            "-X",
            "POST",
            "{url}/v1/models/half_plus_three:regress",
        ],
        {"results": [3.5, 4.0]},
    ),
    (
        [
            *("-H", "Content-Type: application/json"),
            *("--data", '{"signature_name": "classify_x_to_y", "examples": [{"x": 2.0}]}'),
            "{url}/v1/models/half_plus_two:classify",
        ],
        {"results": [[["", 3.0]]]},
    ),
    (
        ["-d", '{"instances": [1.0,5.0]}', "-X", "POST", "{url}/v1/models/half:predict"],
        {"error": "Servable not found for request: Latest(half)"},
    ),
]


def curl(*args: str, body: str | None = None) -> str:
    """What curl prints. On a machine of the project's own checks it has to be there."""
    if CURL is None:
        give_up("THERE IS NO CURL: the lines of the REST tutorial were not tried")
    command = [CURL, "--silent", "--show-error", "--max-time", "30", "--noproxy", "*", *args]
    ended = subprocess.run(command, input=body, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize(("args", "answer"), TUTORIAL, ids=lambda value: value[-1] if isinstance(value, list) else "")
def test_a_line_of_the_tutorial(server: WatchedServer, args: list[str], answer: Any) -> None:
    url = f"http://localhost:{server.rest_port}"
    assert json.loads(curl(*(arg.replace("{url}", url) for arg in args))) == answer


def test_the_head_of_an_answer_comes_first_where_it_is_asked_for(server: WatchedServer) -> None:
    url = f"http://localhost:{server.rest_port}/v1/models/half:predict"
    head, _, body = curl("-i", "-d", '{"instances": [1.0,5.0]}', "-X", "POST", url).partition("\n\n")
    first, *fields = head.splitlines()
    assert first == "HTTP/1.1 404 Not Found"
    assert "content-type: application/json" in [field.lower() for field in fields]
    assert body == '{\n    "error": "Servable not found for request: Latest(half)"\n}'


def test_metadata_has_the_signatures(server: WatchedServer) -> None:
    answer = json.loads(curl(f"http://localhost:{server.rest_port}/v1/models/half_plus_three/metadata"))
    assert answer["model_spec"] == {"name": "half_plus_three", "signature_name": "", "version": "1"}
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["x"]["dtype"] == "DT_FLOAT"
    assert "tensorflow/serving/regress" in signatures


@pytest.mark.parametrize("flag", ["--http1.0", "--http1.1", "--compressed", "--tcp-nodelay"])
def test_curls_ways_of_speaking_http(server: WatchedServer, flag: str) -> None:
    url = f"http://localhost:{server.rest_port}/v1/models/half_plus_two:predict"
    assert json.loads(curl(flag, "-d", '{"instances": [1.0]}', url)) == {"predictions": [2.5]}


def test_a_body_from_a_file_that_is_too_large_for_one_packet(server: WatchedServer) -> None:
    """curl asks first whether it may send it, with `Expect: 100-continue`, and in chunks where the size is unknown."""
    url = f"http://localhost:{server.rest_port}/v1/models/half_plus_two:predict"
    body = json.dumps({"instances": [1.0] * 300_000})
    for fields in ((), ("-H", "Transfer-Encoding: chunked"), ("-H", "Expect: 100-continue")):
        answer = curl("-X", "POST", "--data-binary", "@-", *fields, url, body=body)
        assert json.loads(answer) == {"predictions": [2.5] * 300_000}
