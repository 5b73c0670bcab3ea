"""What a source is told about one servable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfsctl.versions import LatestPolicy, ServableVersionPolicy

if TYPE_CHECKING:
    from tfsctl.core.storage_path import Location


@dataclass(frozen=True, kw_only=True)
class ServableConfig:
    """One servable to watch: its versions are the children of `base_path` whose names are numbers."""

    name: str
    base_path: Location
    version_policy: ServableVersionPolicy = field(default_factory=LatestPolicy)
