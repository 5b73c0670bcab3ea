"""Opening TensorFlow's libraries, and keeping them quiet."""

from __future__ import annotations

import pytest

from runtime.loading import run_script
from tfsctl import tensorflow_log
from tfsctl.errors import UnimplementedError
from tfsctl.runtime import _library, preload

_PRELOAD = "from tfsctl.runtime import preload; preload(); preload()"


def test_opening_the_libraries_says_nothing() -> None:
    ended = run_script(_PRELOAD)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_loading_and_running_in_either_runtime_says_nothing(zoo: object) -> None:
    script = """
        import sys
        import numpy as np
        from tfsctl.runtime import load_model

        for runtime in ("c_api", "python"):
            model = load_model(sys.argv[1], runtime=runtime)
            model.run(model.info.signatures["serving_default"], {"x": np.ones(2, np.float32)})
    """
    ended = run_script(script, f"{zoo}/half_plus_two/1")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_the_log_level_asked_for_is_left_alone() -> None:
    ended = run_script(_PRELOAD, TF_CPP_MIN_LOG_LEVEL="0", TF_ENABLE_ONEDNN_OPTS="maybe")

    assert "TF_ENABLE_ONEDNN_OPTS" in ended.stderr


def test_what_others_write_meanwhile_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    import os

    lines = (
        b"I0000 00:00:1712345678.9 1 port.cc:153] oneDNN\nmine\n2024-04-05 06:07:08.9: W tensorflow/x] y\nE0000 1 1 z"
    )
    with tensorflow_log.loading_quietly():
        os.write(2, lines)

    assert capfd.readouterr().err == "mine\n"


@pytest.mark.parametrize(("level", "kept"), [("0", 4), ("1", 3), ("2", 2), ("3", 1), ("verbose", 4)])
def test_the_level_decides_which_lines_are_dropped(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], level: str, kept: int
) -> None:
    import os

    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", level)
    with tensorflow_log.loading_quietly():
        os.write(
            2, b"I0000 00:00:17.9 1 a] b\nW0000 00:00:17.9 1 a] b\nE0000 00:00:17.9 1 a] b\nF0000 00:00:17.9 1 a] b\n"
        )

    assert len(capfd.readouterr().err.splitlines()) == kept


def test_libraries_loaded_later_keep_their_own_symbols() -> None:
    ended = run_script(_PRELOAD + "; import ssl, sqlite3; ssl.create_default_context(); import grpc")

    assert ended.returncode == 0, ended.stderr


def test_importing_the_package_loads_neither_numpy_nor_tensorflow() -> None:
    script = "import sys, tfsctl.runtime; print({'numpy', 'cffi', 'tensorflow', 'google.protobuf'} & set(sys.modules))"

    assert run_script(script).stdout == "set()\n"


def test_the_c_api_runtime_never_imports_tensorflow(zoo: object) -> None:
    script = """
        import sys
        from tfsctl.runtime import load_model
        load_model(sys.argv[1])
        print("tensorflow" in sys.modules)
    """
    assert run_script(script, f"{zoo}/scalar/1").stdout == "False\n"


def test_without_the_libraries_opening_says_so_and_preloading_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_library, "_NAMES", (("no_such_framework", "no_such_library"),))
    monkeypatch.setattr(_library, "_opened", [])

    preload()

    with pytest.raises(UnimplementedError, match="were not found") as caught:
        _library.open_library()
    assert caught.value.hint == "Use the other runtime: --runtime python."


def test_the_libraries_are_found_while_a_stand_in_has_tensorflows_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    monkeypatch.setitem(sys.modules, "tensorflow", types.ModuleType("tensorflow"))

    assert _library.find_library() is not None
