"""Which settings are worth trying, from what one request costs and how many there are at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from tfsctl.tune.setting import Batching, Setting

# TF Serving's own default: fewer would be a surprise.
_MIN_ENQUEUED_BATCHES = 10
_NUM_SIZES = 4
# Below, powers of two are almost all sizes.
_FEWEST_ALLOWED = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Space:
    """What the candidates are made from.

    Attributes:
        num_cpus: Of the server.
        concurrency: How many requests are in flight at once.
        request_ms: How long one takes when it is alone.
        limit_ms: What the latency must not exceed; None: anything.
        rows: In each request.
        pads: Whether requests differ in more than their first dimension, so that they must be padded to be batched.
    """

    num_cpus: int
    concurrency: int
    request_ms: float
    limit_ms: float | None = None
    rows: int = 1
    pads: bool = False

    def first_batching(self) -> Setting:
        """Where the search begins: batches hold all that is in flight, one runs on each CPU, none waits for more."""
        largest = _power_of_two_from(max(2, self.concurrency * self.rows))
        batching = Batching(
            max_batch_size=largest,
            num_batch_threads=self.num_cpus,
            max_enqueued_batches=self.enqueued(largest),
            pad_variable_length_inputs=self.pads,
        )
        return Setting(batching=batching)

    def enqueued(self, size: int) -> int:
        """Twice what all requests in flight need: a queue that refuses them would only hide how long they wait."""
        return max(_MIN_ENQUEUED_BATCHES, -(-2 * self.concurrency * self.rows // size))


def batch_sizes(space: Space, setting: Setting) -> Iterable[Setting]:
    """Batches that hold all that is in flight, half of it, and so on."""
    largest = _power_of_two_from(max(2, space.concurrency * space.rows))
    ladder = [largest >> shift for shift in range(_NUM_SIZES)]
    smallest = max(2, space.rows)
    return [
        _with(setting, max_batch_size=size, max_enqueued_batches=space.enqueued(size), allowed_batch_sizes=())
        for size in ladder
        if size >= smallest
    ]


def batch_threads(space: Space, setting: Setting) -> Iterable[Setting]:
    """One batch at a time, one on every second CPU, on each, two on each."""
    cpus = space.num_cpus
    return [_with(setting, num_batch_threads=number) for number in _distinct(1, cpus // 2, cpus, 2 * cpus)]


def timeouts(space: Space, setting: Setting) -> Iterable[Setting]:
    """No waiting, and waiting for a quarter of what a request costs alone, for all of it, four times as long.

    What waits for half the limit has no time left to be answered in.
    """
    longest = float("inf") if space.limit_ms is None else space.limit_ms * 1000 / 2
    waits = [space.request_ms * 1000 * factor for factor in (0.25, 1, 4)]
    rounded = _distinct(*(_rounded(wait) for wait in waits if wait <= longest))
    return [_with(setting, batch_timeout_micros=micros) for micros in (0, *rounded)]


def allowed_sizes(space: Space, setting: Setting) -> Iterable[Setting]:
    """Any size, or powers of two alone: TensorFlow then sees few shapes, and some rows are computed for nothing."""
    del space
    assert setting.batching is not None
    largest = setting.batching.max_batch_size
    powers = tuple(1 << shift for shift in range(largest.bit_length()) if 1 << shift <= largest)
    sizes = powers if largest >= _FEWEST_ALLOWED and powers[-1] == largest else ()
    return [_with(setting, allowed_batch_sizes=each) for each in ((), sizes)]


def intra_op_threads(space: Space, setting: Setting) -> Iterable[Setting]:
    """As TensorFlow decides (all CPUs), one, and half of them."""
    return [replace(setting, intra_op_parallelism=number) for number in (0, *_fewer_than_all(space))]


def inter_op_threads(space: Space, setting: Setting) -> Iterable[Setting]:
    """As TensorFlow decides (all CPUs), one, half of them, and two for each."""
    return [
        replace(setting, inter_op_parallelism=number) for number in (0, *_fewer_than_all(space), 2 * space.num_cpus)
    ]


Coordinate = Callable[[Space, Setting], Iterable[Setting]]
# The order in which a search turns them: what matters most comes first, for the time may run out.
BATCHING_COORDINATES: Sequence[Coordinate] = (batch_sizes, batch_threads, timeouts)
THREAD_COORDINATES: Sequence[Coordinate] = (intra_op_threads, inter_op_threads)
LATE_BATCHING_COORDINATES: Sequence[Coordinate] = (*THREAD_COORDINATES, allowed_sizes)


def padded(setting: Setting) -> Setting:
    """The same for requests that differ in more than their first dimension."""
    return _with(setting, pad_variable_length_inputs=True)


def _with(setting: Setting, **changes: object) -> Setting:
    assert setting.batching is not None
    return replace(setting, batching=replace(setting.batching, **changes))  # type: ignore[arg-type]  # As named there.


def _fewer_than_all(space: Space) -> Sequence[int]:
    return [number for number in _distinct(1, space.num_cpus // 2) if number < space.num_cpus]


def _distinct(*numbers: int) -> list[int]:
    return sorted({number for number in numbers if number > 0})


def _power_of_two_from(number: int) -> int:
    return 1 << (number - 1).bit_length()


def _rounded(micros: float) -> int:
    """To two digits: nobody measures waiting times to the microsecond."""
    whole = round(micros)
    digits = len(str(whole)) - 2
    return round(whole, -digits) if digits > 0 else whole
