"""Names that a model may have."""

from __future__ import annotations

import pytest

from tfsctl.errors import InvalidArgumentError
from tfsctl.export.model_name import check_model_name


@pytest.mark.parametrize("name", ["mnist", "half_plus_two", "v1", "a.b", "-", "ein Modell", "模型", "2nd"])
def test_name_that_fits_a_directory_and_a_url_is_accepted(name: str) -> None:
    check_model_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/", "a:b", "a\\b", "a\nb", "a\0", "7", "007"])
def test_name_that_does_not_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="model name") as raised:
        check_model_name(name)
    assert "--name" in (raised.value.hint or "")
