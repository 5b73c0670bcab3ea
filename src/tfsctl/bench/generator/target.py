"""Where a generator's load goes: what is enough to open connections in any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfsctl.bench.generator.dial import Dial

if TYPE_CHECKING:
    from tfsctl.bench.generator.sender import Call, Sender
    from tfsctl.bench.generator.share import Share
    from tfsctl.bench.generator.waiting import Waiter
    from tfsctl.client import ServerAddress


@dataclass(frozen=True, slots=True)
class Target:
    """A server and how it is asked; picklable.

    Attributes:
        address: The server's, protocol and port known.
        path: Of the URL for predict requests, over REST.
        gzip: Whether requests are compressed and answers may be.
    """

    address: ServerAddress
    path: str
    gzip: bool = False

    def open_senders(self, share: Share, waiter: Waiter, ended: list[Call]) -> list[Sender]:
        """Connections for as many calls in flight as a share has; raises UnavailableError."""
        dial = Dial.to(self.address)
        context = dial.tls_context()
        senders: list[Sender] = []
        try:
            for capacity in _capacities(share):
                sender: Sender
                if self.address.protocol == "grpc":
                    from tfsctl.bench.generator.grpc_sender import GrpcSender
                    from tfsctl.bench.generator.grpc_target import GrpcTarget

                    grpc = GrpcTarget(share.timeout_seconds, self.gzip)
                    sender = GrpcSender(dial, context, waiter, ended=ended, target=grpc, capacity=capacity)
                else:
                    from tfsctl.bench.generator.rest_sender import RestSender, RestTarget

                    sender = RestSender(dial, context, waiter, ended=ended, target=RestTarget(self.path, self.gzip))
                sender.open()
                senders.append(sender)
        except BaseException:
            for opened in senders:
                opened.close()
            raise
        return senders


def _capacities(share: Share) -> list[int]:
    """How many calls each connection carries: as evenly as can be."""
    count = min(share.connections, share.lanes)
    return [share.lanes // count + (number < share.lanes % count) for number in range(count)]
