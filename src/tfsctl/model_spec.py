"""How a client says which model it means."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_SIGNATURE_NAME = "serving_default"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model's name, at most one of version and label, and a signature's name (tensorflow-serving.md §2.4).

    With neither version nor label the largest available version is meant. An empty signature name means
    `serving_default`.
    """

    name: str
    version: int | None = None
    version_label: str | None = None
    signature_name: str = ""

    @property
    def resolved_signature_name(self) -> str:
        """The signature that a request with this spec runs."""
        return self.signature_name or DEFAULT_SIGNATURE_NAME

    def __str__(self) -> str:
        if self.version is not None:
            return f"{self.name}/{self.version}"
        return f"{self.name}@{self.version_label}" if self.version_label else self.name
