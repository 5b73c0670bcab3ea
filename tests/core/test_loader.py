from __future__ import annotations

import pytest

from tfsctl.core import ServableId
from tfsctl.core.loader import loader_error
from tfsctl.errors import Code, DataLossError, TfsctlError

ID = ServableId("m", 7)


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ValueError("bad graph"), Code.UNKNOWN, "ValueError: bad graph"),
        (KeyError(), Code.UNKNOWN, "KeyError"),
        (SystemExit(3), Code.UNKNOWN, "SystemExit: 3"),
        (
            MemoryError("16 GiB"),
            Code.RESOURCE_EXHAUSTED,
            "Insufficient resources to load servable {name: m version: 7}: MemoryError: 16 GiB",
        ),
    ],
)
def test_loader_error_of_a_foreign_exception_names_its_type(error: BaseException, code: Code, text: str) -> None:
    wrapped = loader_error(error, ID)

    assert (wrapped.code, wrapped.message) == (code, text)


def test_loader_error_of_our_own_is_kept_with_its_hint() -> None:
    error = DataLossError("truncated", hint="copy it again")

    assert loader_error(error, ID) is error
    assert error.hint == "copy it again"


def test_loader_error_keeps_no_frames_alive() -> None:
    def fail() -> None:
        try:
            open("/no/such/file")  # noqa: SIM115 (never opened)
        except OSError as error:
            raise DataLossError("truncated") from error

    with pytest.raises(DataLossError) as caught:
        fail()
    kept: TfsctlError = loader_error(caught.value, ID)

    assert (kept.__traceback__, kept.__cause__, kept.__context__) == (None, None, None)
