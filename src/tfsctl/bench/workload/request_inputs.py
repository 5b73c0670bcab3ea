"""The inputs of requests by number, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from tfsctl.bench.workload.levels import Levels

Arrays = dict[str, "np.ndarray[Any, Any]"]


class RequestInputs(Protocol):
    """What the requests carry. Picklable, read-only."""

    @property
    def num_requests(self) -> int:
        """How many different requests there are."""

    def arrays(self, number: int) -> Mapping[str, Any]:
        """The inputs of a request, from 0 to `num_requests` - 1, as `Client.predict` takes them."""

    def rows(self, number: int) -> range:
        """The rows that it carries, among those of all requests."""


@dataclass(frozen=True, slots=True)
class ListedInputs:
    """Requests each of which was made as a whole; each counts as one row."""

    requests: Sequence[Mapping[str, Any]]

    @property
    def num_requests(self) -> int:
        """See `RequestInputs.num_requests`."""
        return len(self.requests)

    def arrays(self, number: int) -> Mapping[str, Any]:
        """See `RequestInputs.arrays`."""
        return self.requests[number]

    def rows(self, number: int) -> range:
        """See `RequestInputs.rows`."""
        return range(number, number + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class RowInputs:
    """Requests that carry a few rows each of large arrays.

    Attributes:
        columns: The arrays by alias, the rows first. They are kept as they came, bytes as bytes, and become what the
            signature wants in each request.
        batch_size: Rows in a request; the last one may have fewer.
        num_requests: As many as there are rows for, or fewer.
        single: The inputs whose signature has no dimension for a batch: their requests carry a row without it.
        levels: What is done to levels of grey and colour.
    """

    columns: Arrays
    batch_size: int
    num_requests: int
    single: frozenset[str] = frozenset()
    levels: Levels | None = None

    @property
    def num_rows(self) -> int:
        """The rows of all requests."""
        return self.rows(self.num_requests - 1).stop

    def arrays(self, number: int) -> Mapping[str, Any]:
        """See `RequestInputs.arrays`."""
        rows = self.rows(number)
        return {alias: self._part(alias, column, rows) for alias, column in self.columns.items()}

    def rows(self, number: int) -> range:
        """See `RequestInputs.rows`."""
        start = number * self.batch_size
        return range(start, min(start + self.batch_size, len(next(iter(self.columns.values())))))

    def _part(self, alias: str, column: np.ndarray, rows: range) -> np.ndarray:
        part: np.ndarray = column[rows.start] if alias in self.single else column[rows.start : rows.stop]
        if self.levels is not None:
            part = self.levels.apply(part)
        return np.asarray(part, dtype=column.dtype) if part.dtype == object else part
