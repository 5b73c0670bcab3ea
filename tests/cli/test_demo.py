from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cli.terminal import on_terminal


@pytest.mark.slow
def test_demo_goes_all_the_way_and_keeps_serving_until_ctrl_c() -> None:
    with on_terminal("demo", "--keep") as terminal:
        text = terminal.read_until("Ctrl-C stops it").replace("\r", "")
        terminal.press_ctrl_c()
        assert terminal.wait() == 0
    assert text.count("\n[2.5, 3.0, 4.5]\n") == 2
    rates = [float(rate) for rate in re.findall(r"Inference error rate: ([\d.]+)%", text)]
    assert len(rates) == 2
    assert all(5.0 < rate < 15.0 for rate in rates)
    assert "Everything answered as it should" in text
    steps = [shlex.split(line)[3] for line in text.splitlines() if line.startswith("$ tfsctl ")]
    assert len(steps) == 8
    assert Path("tfsctl-demo/models/mnist/1/saved_model.pb").exists()
    assert "UNLOADING" in Path("tfsctl-demo/server.log").read_text()
