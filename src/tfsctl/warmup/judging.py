"""Has requests judged by the model itself, in a process of its own: some graphs end their process on a wrong shape."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.errors import TfsctlError

if TYPE_CHECKING:
    from tfsctl.warmup.trial import Trial

_PROGRAM = "from tfsctl.warmup.judging import main; main()"
# How a verdict's line begins: a graph may write lines of its own.
_MARK = '{"verdict": '
# TensorFlow's last words, and where in its sources they are.
_LAST_WORDS = "Check failed:"


def judge(version_dir: Path, records: Sequence[bytes], *, tags: Sequence[str]) -> list[str]:
    """What the model says to each record, serialized PredictionLogs: nothing where it takes it.

    They are run one after the other, up to one that ends the process. Of a model that cannot be loaded there are none.
    """
    task = {"version_dir": str(version_dir), "tags": list(tags), "records": [record.hex() for record in records]}
    child = subprocess.run(  # noqa: S603 (this very Python, and a program of ours)
        [sys.executable, "-c", _PROGRAM], input=json.dumps(task).encode(), capture_output=True, check=False
    )
    lines = child.stdout.decode(errors="replace").splitlines()
    verdicts = [json.loads(line)["verdict"] for line in lines if line.startswith(_MARK)]
    if not verdicts:
        return []
    _, *said = verdicts
    return said if child.returncode == 0 else [*said, _last_words(child.stderr.decode(errors="replace"))]


def main() -> None:
    """In the other process: read the task, load the model, say so, and write a line for each record."""
    from tfsctl.protos import PredictionLog
    from tfsctl.warmup.trial import Trial

    task = json.load(sys.stdin)
    try:
        trial = Trial(Path(task["version_dir"]), tags=task["tags"], runs_model=True)
    except TfsctlError:
        return
    with closing(trial):
        _write("")
        for record in task["records"]:
            _write(_verdict(trial, PredictionLog.FromString(bytes.fromhex(record))))


def _verdict(trial: Trial, log: Any) -> str:
    try:
        trial.run(log)
    except TfsctlError as error:
        return error.message
    return ""


def _write(verdict: str) -> None:
    sys.stdout.write(f"{json.dumps({'verdict': verdict})}\n")
    sys.stdout.flush()


def _last_words(stderr: str) -> str:
    failed = [line[line.index(_LAST_WORDS) :] for line in stderr.splitlines() if _LAST_WORDS in line]
    return "The whole process ends on it" + (f": {failed[0]}" if failed else ".")
