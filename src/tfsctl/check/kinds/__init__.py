"""All kinds of findings, as data. The pages in docs/findings are made from them."""

from __future__ import annotations

from tfsctl.check.finding import FindingKind
from tfsctl.check.kinds import config, docker, files, graph, layout, signatures

FAMILIES: dict[str, tuple[FindingKind, ...]] = {
    "Directories and names": layout.KINDS,
    "Files of a version": files.KINDS,
    "The graph": graph.KINDS,
    "Signatures": signatures.KINDS,
    "Model config files": config.KINDS,
    "docker run and server flags": docker.KINDS,
}
KINDS: dict[str, FindingKind] = {kind.id: kind for kinds in FAMILIES.values() for kind in kinds}
