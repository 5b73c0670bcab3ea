"""Where a request is worked on: in the event loop's own thread, or by a worker thread.

In the loop there is no hand-over, and a cheap model answers twice as many requests; but nothing else is read or
answered meanwhile, so a slow model must never run there. Which is which is measured, for each target and order of
body size:

* A request without a body asks what the server knows, never a model: it runs in the loop. So health checks are
  answered while all workers are busy.
* A large body goes to a worker: decoding it alone takes too long.
* What is answered at a cost that is not steady (`RestReply.is_steady`) stays with the workers: that it has been cheap
  tells nothing of the next request. A model with a loop is such a case.
* Any other target starts with the workers. When its best time there is well under what it may cost, it moves to the
  loop. The best, because a worker's time includes waiting for other threads; and only of answers that were no
  errors, because a model is not cheap for having refused a malformed request at once.
* In the loop each run may hold up the others for `ALLOWED_SECONDS`. What goes beyond is a debt, paid back by quicker
  runs; with `MAX_DEBT_SECONDS` of it the target goes back to the workers for `FIRST_HOLD_SECONDS`, and twice as long
  each time that this happens again soon.
* A slow run may be the machine's fault, which had no processor left. So it counts little at first, but then the target
  is watched for a while: the system is asked what the runs themselves took. A target new in the loop is watched, too.
"""

from __future__ import annotations

# Above it a worker pays: measured on two processors, where runs of 0.1 ms were answered a tenth to a quarter slower
# through workers, runs of 0.25 ms up to a fifth faster, and those of a small CNN, 0.5 ms, by half.
ALLOWED_SECONDS = 0.00025
# A target moves to the loop when its best run was at least this much quicker than allowed.
_MARGIN = 1.5
_NUM_RUNS_BEFORE_LOOP = 3
# The best run is looked for among so many. If all workers were busy all the time, it still had to wait for them, and a
# target that took up to `TRIAL_SECONDS` gets a trial in the loop.
_NUM_RUNS_COMPARED = 64
TRIAL_SECONDS = 0.001
MAX_DEBT_SECONDS = 0.02
# What a slow run counts while the target is not watched, and for how many runs it is then.
_SUSPICIOUS_SECONDS = 0.002
NUM_WATCHED_RUNS = 64
FIRST_HOLD_SECONDS = 20.0
MAX_HOLD_SECONDS = 600.0
# The time in the loop, in holds, after which earlier trouble is forgotten.
_FORGIVEN_AFTER_HOLDS = 10
LARGE_BODY_BYTES = 64 * 1024
_MAX_TARGETS = 4096


class TargetCost:
    """What requests of one target and size have cost. Used by the event loop's thread only."""

    __slots__ = (
        "_best_seconds",
        "_debt_seconds",
        "_hold_seconds",
        "_in_loop_since",
        "_not_before",
        "_num_runs",
        "in_loop",
        "num_watched",
    )

    def __init__(self) -> None:
        self.in_loop = False
        self.num_watched = 0
        self._num_runs = 0
        self._best_seconds = float("inf")
        self._debt_seconds = 0.0
        self._hold_seconds = FIRST_HOLD_SECONDS
        self._in_loop_since = 0.0
        self._not_before = 0.0

    def ran_in_loop(self, seconds: float, now: float) -> None:
        """Note a run in the loop; the target leaves it if it owes too much.

        While `num_watched` is not 0, `seconds` is to be what the run itself took (`ThreadWatch`).
        """
        if self.num_watched:
            self.num_watched -= 1
        elif seconds > _SUSPICIOUS_SECONDS:
            seconds = _SUSPICIOUS_SECONDS
            self.num_watched = NUM_WATCHED_RUNS
        debt = self._debt_seconds + seconds - ALLOWED_SECONDS
        self._debt_seconds = debt if debt > 0 else 0.0
        if debt > MAX_DEBT_SECONDS:
            self._leave_loop(now)

    def ran_in_worker(self, seconds: float, now: float) -> None:
        """Note a run by a worker that ended well; the target moves to the loop once it has shown to be cheap."""
        self._best_seconds = min(seconds, self._best_seconds)
        self._num_runs += 1
        if self._num_runs < _NUM_RUNS_BEFORE_LOOP or now < self._not_before:
            return
        is_last = self._num_runs >= _NUM_RUNS_COMPARED
        if self._best_seconds <= (TRIAL_SECONDS if is_last else ALLOWED_SECONDS / _MARGIN):
            self._enter_loop(now)
        elif is_last:
            self._forget_runs()

    def _enter_loop(self, now: float) -> None:
        self.in_loop = True
        self._in_loop_since = now
        # On probation: the first slow run suffices to leave.
        self.num_watched = NUM_WATCHED_RUNS
        self._debt_seconds = MAX_DEBT_SECONDS / 2
        self._forget_runs()

    def _leave_loop(self, now: float) -> None:
        self.in_loop = False
        if now - self._in_loop_since > _FORGIVEN_AFTER_HOLDS * self._hold_seconds:
            self._hold_seconds = FIRST_HOLD_SECONDS
        self._not_before = now + self._hold_seconds
        self._hold_seconds = min(2 * self._hold_seconds, MAX_HOLD_SECONDS)

    def _forget_runs(self) -> None:
        self._num_runs = 0
        self._best_seconds = float("inf")


class Dispatcher:
    """Decides for each request where it runs. Used by the event loop's thread only.

    `bodies_in_loop` says whether a request with a body may run in the loop at all. Where models wait for several
    requests to run them together none may: it would wait for those that the loop could not read meanwhile.
    """

    def __init__(self, *, bodies_in_loop: bool = True) -> None:
        self._bodies_in_loop = bodies_in_loop
        self._costs: dict[tuple[str, int], TargetCost] = {}
        self._without_body = TargetCost()

    def in_loop(self, target: str, body_size: int) -> TargetCost | None:
        """None if such a request goes to a worker; else it runs in the loop, and its time is noted on the result."""
        if not body_size:
            return self._without_body
        cost = self._costs.get((target, body_size.bit_length()))
        if cost is None or not cost.in_loop or body_size > LARGE_BODY_BYTES:
            return None
        return cost

    def ran_in_worker(self, target: str, body_size: int, seconds: float, now: float) -> None:
        """Note a request that a worker has answered well. Made-up targets never are, so they leave nothing behind."""
        if not self._bodies_in_loop:
            return
        key = (target, body_size.bit_length())
        cost = self._costs.get(key)
        if cost is None:
            if len(self._costs) >= _MAX_TARGETS:
                self._costs.clear()
            cost = self._costs[key] = TargetCost()
        if not cost.in_loop:
            cost.ran_in_worker(seconds, now)
