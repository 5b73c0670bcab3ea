"""A stream of requests by number, and what their answers are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tfsctl.bench.truth import Picture, Verdict
    from tfsctl.model_spec import ModelSpec


class Workload(Protocol):
    """Requests by number, made before the measurement. Thread-safe.

    Picklable, so that other processes can send them too: it holds no client and no socket. What is pickled has the
    encoded requests in it. To count verdicts, take a `TruthCounts` for each thread (tfsctl.bench.truth_counts).
    """

    @property
    def spec(self) -> ModelSpec:
        """The model and signature that all requests are for."""

    @property
    def checks_answers(self) -> bool:
        """Whether right answers are known; if not, every verdict is that an answer is right."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the numbers in verdicts; empty where answers are no classes."""

    @property
    def num_requests(self) -> int:
        """How many different requests there are; after the last comes the first again."""

    @property
    def description(self) -> str:
        """What is sent, for reports: `10,000 MNIST test digits`."""

    def request(self, number: int) -> bytes:
        """The request to send as the `number`-th, from 0."""

    def judge(self, number: int, reply: bytes) -> Verdict:
        """What the reply to the `number`-th request is worth.

        Raises TfsctlError for a reply that cannot be compared: it is no answer, or not to what was asked. That counts
        as a failed call.
        """

    def picture(self, number: int, row: int = 0) -> Picture | None:
        """What was sent as row `row` of the `number`-th request, where that is a picture; to be drawn small."""
