"""Signatures are looked up once, and again when there is reason to."""

from __future__ import annotations

import pytest

from tfsctl.client.signature_cache import SignatureCache
from tfsctl.client.values import ModelMetadata
from tfsctl.errors import InvalidArgumentError
from tfsctl.model_spec import ModelSpec
from tfsctl.signature import Signature

LATEST, PINNED = ModelSpec("m"), ModelSpec("m", version=3)


class Lookups:
    """Answers with a new signature each time, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, spec: ModelSpec, timeout_seconds: float) -> ModelMetadata:
        self.count += 1
        return ModelMetadata(spec.name, self.count, {"serving_default": Signature("serving_default", {}, {})})


def test_a_signature_is_looked_up_once() -> None:
    lookups = Lookups()
    cache = SignatureCache(lookups)
    assert cache.get(LATEST, 1.0) is cache.get(LATEST, 1.0)
    assert lookups.count == 1


def test_a_forgotten_signature_is_looked_up_again() -> None:
    lookups = Lookups()
    cache = SignatureCache(lookups)
    cache.get(PINNED, 1.0)
    cache.forget(PINNED)
    cache.get(PINNED, 1.0)
    assert lookups.count == 2


@pytest.mark.parametrize(("spec", "of_any_age", "count"), [(LATEST, False, 2), (LATEST, True, 1), (PINNED, False, 1)])
def test_an_old_signature_is_looked_up_again_unless_the_version_is_fixed(
    monkeypatch: pytest.MonkeyPatch, spec: ModelSpec, of_any_age: bool, count: int
) -> None:
    lookups = Lookups()
    cache = SignatureCache(lookups)
    cache.get(spec, 1.0)
    monkeypatch.setattr("tfsctl.client.signature_cache._MAX_AGE_SECONDS", -1.0)
    cache.get(spec, 1.0, of_any_age=of_any_age)
    assert lookups.count == count


def test_an_unknown_signature_is_an_error_in_tf_servings_words() -> None:
    cache = SignatureCache(Lookups())
    with pytest.raises(InvalidArgumentError, match='Serving signature name: "other" not found in signature def'):
        cache.get(ModelSpec("m", signature_name="other"), 1.0)
