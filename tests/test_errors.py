"""The exception tree and its codes."""

from __future__ import annotations

import inspect

import pytest

from tfsctl import errors
from tfsctl.errors import Code, TfsctlError, UnknownError, error_for

CLASSES = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if issubclass(member, TfsctlError) and member is not TfsctlError
]


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.OK])
def test_error_for_a_canonical_code_has_that_code(code: Code) -> None:
    error = error_for(code, "text", hint="do this")
    assert (error.code, error.message, error.hint) == (code, "text", "do this")


@pytest.mark.parametrize("number", [0, 17, -1])
def test_error_for_a_code_outside_the_table_is_unknown(number: int) -> None:
    assert type(error_for(number, "text")) is UnknownError


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_says_in_a_sentence_when_it_happens(cls: type[TfsctlError]) -> None:
    assert (cls.__doc__ or "").strip().endswith(".")
    assert cls.__name__ in (errors.__doc__ or ""), "the tree in the module's docstring is complete"
