"""Makes docs/images/bench-report.png: a real report of a real measurement, in a real Chromium.

    python docs/make_screenshots.py

It trains and exports the digits' model into a directory of its own, serves it, measures it, and ends the server. What
it takes: Chromium, and `pip install playwright pillow`. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

TFSCTL = [sys.executable, "-m", "tfsctl"]
IMAGES = Path(__file__).parent / "images"
MONITORING = 'prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }\n'
LOAD = ("--concurrency", "2", "--duration", "20", "--slo", "p99<20ms", "error_rate<12%", "--report", "bench.html")
WIDTH, MOST_BYTES = 1120, 300_000


def main() -> None:
    """Measure, photograph, write."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        subprocess.run([*TFSCTL, "export", "mnist"], cwd=directory, check=True)
        with serving(directory) as address:
            subprocess.run([*TFSCTL, "bench", "mnist", "--server", address, *LOAD], cwd=directory, check=True)
        picture = photographed(directory / "bench.html")
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / "bench-report.png").write_bytes(picture)
    print(f"bench-report.png: {len(picture)} bytes")
    assert len(picture) <= MOST_BYTES


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    """A server of the exported model, with metrics, so that the report can tell where the time goes."""
    (directory / "monitoring.txt").write_text(MONITORING)
    command = [*TFSCTL, "serve", "models", "--port", "0", "--rest-api-port", "0", "--json"]
    command += ["--monitoring-config-file", "monitoring.txt"]
    with subprocess.Popen(command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            yield json.loads(server.stdout.readline())["rest_url"]
        finally:
            server.terminate()


def photographed(page: Path) -> bytes:
    """The page from its top to the end of the digits that were misread, in few colours."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        opened = browser.new_page(viewport={"width": WIDTH, "height": 800})
        opened.goto(page.as_uri())
        bottom = opened.evaluate("document.querySelector('.gallery').getBoundingClientRect().bottom")
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": bottom + 32}
        taken = opened.screenshot(full_page=True, clip=clip)
        browser.close()
    output = io.BytesIO()
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(
        output, "PNG", optimize=True
    )
    return output.getvalue()


if __name__ == "__main__":
    main()
