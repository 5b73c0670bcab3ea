"""What happens to the server while clients ask: one change after the other, each seen to its end."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from serving.grpc_calls import GrpcCalls
from serving.model_directory import add_counting_version, remove_version
from soak.configuration import Chosen, Configured
from soak.ledger import NOBODY, Ledger
from soak.observer import Observer
from soak.versions import CORRUPTIONS, copy_slowly, make_corrupt
from tfsctl.core import ManagerState

AVAILABLE, END = ManagerState.AVAILABLE, ManagerState.END
STEADY, GOOD, PASSING = 7, 1, 5
# The versions that `labelled` ever has; 2 is always there.
_OFTEN = (1, 2, 3)
ALWAYS = 2


class Changes:
    """Changes of every kind, in an order that the seed decides; what they do to answers is noted in the ledger."""

    def __init__(
        self, zoo: Path, configured: Configured, observer: Observer, ledger: Ledger, *, calls: GrpcCalls, seed: int
    ) -> None:
        self._zoo = zoo
        self._home = configured.current.home
        self._configured = configured
        self._observer = observer
        self._ledger = ledger
        self._calls = calls
        self._random = random.Random(seed)
        self._swapped = self._newest = 1
        self._corrupt = GOOD
        self.done: Counter[str] = Counter()
        self._kinds: tuple[Callable[[], None], ...] = (
            self.swap,
            self.swap,
            self.roll_back,
            self.add_corrupt_version,
            self.move,
            self.move_labels,
            self.come_or_go,
        )

    def run_one(self) -> None:
        """One change of some kind."""
        change = self._random.choice(self._kinds)
        change()
        self.done[change.__name__] += 1

    def swap(self) -> None:
        """A newer version of `swapped` takes over, and the older one is deleted."""
        old, new = self._swapped, self._next_version()
        self._ledger.also_allow("swapped", new)
        is_slow = self._random.random() < 0.4
        (copy_slowly if is_slow else add_counting_version)(self._zoo, self._home / "swapped", new)
        if self._observer.wait_for_state("swapped", new, AVAILABLE, END) is END:
            # Copied too slowly for the tries there are. What is there again later, is tried again.
            assert is_slow, self._observer.error("swapped", new)
            self.done["came too late"] += 1
            self._ledger.allow("swapped", [old])
            remove_version(self._home / "swapped", new)
            return
        self._ledger.allow("swapped", [new])
        self._observer.wait_for_state("swapped", old, END)
        remove_version(self._home / "swapped", old)
        self._swapped = new

    def roll_back(self) -> None:
        """A newer version of `swapped` takes over, and is deleted: the older one is loaded again."""
        old, new = self._swapped, self._next_version()
        self._ledger.also_allow("swapped", new)
        add_counting_version(self._zoo, self._home / "swapped", new)
        self._observer.wait_for_state("swapped", new, AVAILABLE)
        self._ledger.allow("swapped", [new])
        self._observer.wait_for_state("swapped", old, END)
        self._ledger.also_allow("swapped", old)
        remove_version(self._home / "swapped", new)
        self._observer.wait_for_state("swapped", old, AVAILABLE)
        # Until it is unloaded the newer one is the latest.
        self._observer.wait_for_state("swapped", new, END)
        self._ledger.allow("swapped", [old])

    def add_corrupt_version(self) -> None:
        """A newer version of `corrupt` cannot be loaded: the good one goes on."""
        self._corrupt += 1
        path = self._home / "corrupt" / str(self._corrupt)
        make_corrupt(self._zoo, path, self._random.choice(CORRUPTIONS))
        self._observer.wait_for_state("corrupt", self._corrupt, END)
        assert self._observer.error("corrupt", self._corrupt)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    def move(self) -> None:
        """The one version of `moved`, and its label, are others from now on, by one change of the configuration."""
        (old,) = self._configured.current.moved.versions
        new = old % 2 + 1
        for question in ("moved", "moved:stable"):
            self._ledger.also_allow(question, new)
        self._configured.change(self._way(), moved=Chosen((new,), {"stable": new}))
        self._observer.wait_for_labels("moved", {"stable": new})
        self._observer.wait_for_state("moved", new, AVAILABLE)
        if new > old:
            self._ledger.allow("moved", [new])
        self._ledger.allow("moved:stable", [new])
        self._observer.wait_for_state("moved", old, END)
        self._ledger.allow("moved", [new])

    def move_labels(self) -> None:
        """In TensorFlow Serving's steps: load the other version, move the labels, let the first one go."""
        before = self._configured.current.labelled
        gone = before.labels["stable"]
        (coming,) = set(_OFTEN) - set(before.versions)
        both = Chosen(_OFTEN, before.labels)
        self._ledger.also_allow("labelled", max(_OFTEN))
        self._configured.change(self._way(), labelled=both)
        self._observer.wait_for_state("labelled", coming, AVAILABLE)
        self._ledger.allow("labelled", [max(_OFTEN)])
        labels = {"stable": coming, "canary": ALWAYS}
        self._ledger.also_allow("labelled:stable", coming)
        self._configured.change(self._way(), labelled=Chosen(_OFTEN, labels))
        self._observer.wait_for_labels("labelled", labels)
        self._ledger.allow("labelled:stable", [coming])
        rest = tuple(sorted({ALWAYS, coming}))
        self._ledger.also_allow("labelled", max(rest))
        self._configured.change(self._way(), labelled=Chosen(rest, labels))
        self._observer.wait_for_state("labelled", gone, END)
        self._ledger.allow("labelled", [max(rest)])

    def come_or_go(self) -> None:
        """`passing` is served from now on, or not any more."""
        is_coming = not self._configured.current.has_passing
        self._ledger.allow("passing", [PASSING, NOBODY])
        self._configured.change(self._way(), has_passing=is_coming)
        self._observer.wait_for_state("passing", PASSING, AVAILABLE if is_coming else END)
        self._ledger.allow("passing", [PASSING if is_coming else NOBODY])

    def _next_version(self) -> int:
        """One that `swapped` has never had."""
        self._newest += 1
        return self._newest

    def _way(self) -> GrpcCalls | None:
        return self._calls if self._random.random() < 0.5 else None


def set_up(zoo: Path, home: Path, ledger: Ledger) -> None:
    """The versions that are there at the beginning, and what may be answered then."""
    first = {
        "steady": (STEADY,),
        "swapped": (1,),
        "corrupt": (GOOD,),
        "labelled": _OFTEN,
        "moved": (1, 2),
        "passing": (PASSING,),
    }
    for name, numbers in first.items():
        for number in numbers:
            add_counting_version(zoo, home / name, number)
    answers = {"steady": STEADY, f"steady/{STEADY}": STEADY, "swapped": 1, "corrupt": GOOD, f"corrupt/{GOOD}": GOOD}
    answers |= {"labelled": 2, f"labelled/{ALWAYS}": ALWAYS, "labelled:stable": 1, "labelled:canary": ALWAYS}
    answers |= {"moved": 1, "moved:stable": 1, "passing": NOBODY}
    for question, version in answers.items():
        ledger.allow(question, [version])
