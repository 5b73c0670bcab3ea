"""What the manager holds for each loaded version: an id and a model that answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfsctl.core import ServableId
from tfsctl.runtime import Model
from tfsctl.signature import Signature


@dataclass(frozen=True, slots=True)
class Servable:
    """One loaded version of a model. Immutable; its model may be run from any thread."""

    id: ServableId
    model: Model

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """What can be run, by name."""
        return self.model.info.signatures
