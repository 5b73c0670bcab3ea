"""Whether the server in a container answers for all its models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfsctl.client import VersionStatus, connect
from tfsctl.errors import FailedPreconditionError, TfsctlError

if TYPE_CHECKING:
    from tfsctl.container.plan import ContainerPlan

_AVAILABLE, _END = "AVAILABLE", "END"
_ANSWER_SECONDS = 2.0


@dataclass(slots=True)
class Readiness:
    """Asks a server again and again what has become of its models.

    Attributes:
        plan: The container's.
        grpc: `HOST:PORT`; None where that port is not published.
        rest: Likewise.
    """

    plan: ContainerPlan
    grpc: str | None
    rest: str | None
    _waiting: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._waiting = list(self.plan.models)

    @property
    def waiting(self) -> Sequence[str]:
        """The models that have not been seen available."""
        return self._waiting

    def ask(self) -> bool:
        """Whether all models are available by now; True once is true from then on.

        Raises FailedPreconditionError for a model whose versions have all failed.
        """
        if self.rest is None and self.plan.speaks_tls:
            return self._answers_with_tls()
        address = f"http://{self.rest}" if self.rest is not None else f"grpc://{self.grpc}"
        with connect(address, timeout_seconds=_ANSWER_SECONDS) as client:
            while self._waiting:
                name = self._waiting[0]
                try:
                    versions = client.status(name)
                except TfsctlError:  # Docker accepts connections for the server before that listens.
                    return False
                _refuse_failed(name, versions)
                if not any(version.state == _AVAILABLE for version in versions):
                    return False
                del self._waiting[0]
        return True

    def _answers_with_tls(self) -> bool:
        """Without the server's certificates nobody can ask it; that TLS is spoken says that it is up."""
        from tfsctl.client.address import parse_server
        from tfsctl.client.probing import probe_protocol

        return probe_protocol(parse_server(f"grpc://{self.grpc}"), timeout_seconds=_ANSWER_SECONDS) == "tls"


def _refuse_failed(name: str, versions: Sequence[VersionStatus]) -> None:
    if versions and all(version.state == _END for version in versions) and versions[0].error_message:
        raise FailedPreconditionError(f"No version of {name} could be loaded: {versions[0].error_message}")
