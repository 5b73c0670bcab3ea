"""`python rank_answers.py MODEL… `: runs all signatures with x of many shapes; prints what comes of each as JSON.

With `--unchecked` as TensorFlow alone does it. TF_ENABLE_ONEDNN_OPTS=0 is what makes it survive that.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

import tfsctl.runtime.c_api
import tfsctl.runtime.python
from tfsctl.errors import TfsctlError
from tfsctl.runtime import Model, load_model

SHAPES: tuple[tuple[int, ...], ...] = (
    *((), (1,), (3,), (0,), (32,), (2, 2), (2, 32), (0, 32), (2, 0), (4, 2), (4, 4, 2), (2, 4, 2), (1, 32, 1)),
    *((1, 4, 4, 2), (2, 4, 4, 2), (0, 4, 4, 2), (2, 2, 4, 4), (2, 1, 1, 2), (1, 2, 2, 3), (1, 4, 4, 4, 2), (1,) * 5),
    *((2, 2, 4, 4, 2), (0, 4, 4, 4, 2), (1, 1, 2, 4, 4, 2), (1,) * 7, (1,) * 13, (1,) * 30),
)


def answer(model: Model, name: str, shape: tuple[int, ...], output: str) -> str:
    """`OK`, or the code and text of the error."""
    try:
        model.run(model.info.signatures[name], {"x": np.ones(shape, np.float32)}, output_names=[output])
    except TfsctlError as error:
        return f"{error.code.name}: {error}"
    return "OK"


def main(paths: list[str], runtime: str) -> None:
    """Print a line for each: the directory, the signature, the output, the shape, the answer."""
    for path in paths:
        model = load_model(Path(path), runtime="python" if runtime == "python" else "c_api")
        for name, signature in model.info.signatures.items():
            for output in signature.outputs:
                for shape in SHAPES:
                    if name == "either" and len(shape) == 3:
                        continue  # TensorFlow mistakes the branch, and nobody can tell beforehand.
                    print(json.dumps([path, name, output, shape, answer(model, name, shape, output)]), flush=True)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if "--unchecked" in arguments:
        for module in (tfsctl.runtime.c_api, tfsctl.runtime.python):
            setattr(module, "find_input_checks", lambda *_: {})  # noqa: B010 (to mypy the module has no such name)
    chosen = "python" if "--python" in arguments else "c_api"
    main([argument for argument in arguments if not argument.startswith("--")], chosen)
