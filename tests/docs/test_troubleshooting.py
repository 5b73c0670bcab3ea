"""The texts that the page on troubleshooting explains are texts that servers print."""

from __future__ import annotations

import re
from functools import cache

import pytest

from docs.documents import DOCS, ROOT

# Said by others than the server: gRPC's client, sockets, pages of HTTP.
_OF_OTHERS = {"Connection refused", "Received message larger than max", "404 Not Found", "400 Bad Request"}
# Said by TensorFlow Serving where tfsctl does otherwise, or by TensorFlow itself.
_OF_TENSORFLOW_SERVING = {
    "Attempting to use uninitialized value …",
    "Expected model … to have an absolute path or URI; got base_path()=…",
    "No request-logger-creator provided.",
    "Server Threadpool Exhausted",
    "… [[{{node …}}]]",
}


def _symptoms() -> list[str]:
    rows = [line.split(" | ")[0] for line in (DOCS / "troubleshooting.md").read_text().splitlines() if line[:2] == "| "]
    return [text for row in rows for text in re.findall(r"`([^`]+)`", row)]


@cache
def _source() -> str:
    """The program and the cases that it passes, without what breaks their literals into pieces."""
    folders = (ROOT / "src" / "tfsctl", ROOT / "tests" / "conformance" / "cases")
    text = "\n".join(path.read_text() for folder in folders for path in sorted(folder.rglob("*.py")))
    return re.sub(r"\"\s*\n\s*f?\"", "", text).replace('\\"', '"').replace("\\'", "'")


@pytest.mark.parametrize("text", sorted(set(_symptoms()) - _OF_OTHERS - _OF_TENSORFLOW_SERVING))
def test_a_symptom_is_what_the_program_prints(text: str) -> None:
    pieces = [piece.strip(" ,.:;'\"()") for piece in re.split("…", text)]
    assert [piece for piece in pieces if piece and piece not in _source()] == []


def test_the_texts_of_others_are_still_explained() -> None:
    assert set(_symptoms()) >= _OF_OTHERS | _OF_TENSORFLOW_SERVING
