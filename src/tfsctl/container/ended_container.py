"""Why a container has ended."""

from __future__ import annotations

from dataclasses import dataclass

from tfsctl.container.engine_errors import NO_ARM64
from tfsctl.container.plan import ContainerPlan

_KILLED, _TERMINATED, _ILLEGAL_INSTRUCTION, _NOT_RUNNABLE, _NOT_FOUND = 137, 143, 132, 126, 127
_FORMAT_ERROR = "exec format error"


@dataclass(frozen=True, slots=True)
class EndedContainer:
    """How a container ended.

    Attributes:
        exit_code: Of its first process; 128 and a signal's number where that killed it.
        is_out_of_memory: Whether the system killed it for using more than it may.
        last_lines: What it said last.
    """

    exit_code: int
    is_out_of_memory: bool
    last_lines: tuple[str, ...]

    @property
    def was_stopped(self) -> bool:
        """Whether it ended as it does when somebody asks it to."""
        return self.exit_code in {0, _TERMINATED}

    def explanation(self, plan: ContainerPlan) -> tuple[str, str]:
        """What happened, in one sentence, and what to do about it, with what the container said last."""
        sentence, advice = self._cause(plan)
        said = "\n".join(f"  {line}" for line in self.last_lines)
        last = f"It said last:\n{said}" if said else "It said nothing."
        return sentence, f"{advice}\n{last}" if advice else last

    def _cause(self, plan: ContainerPlan) -> tuple[str, str]:
        if any(_FORMAT_ERROR in line.lower() for line in self.last_lines):
            return f"{plan.image} is built for another processor than this machine's.", NO_ARM64
        if self.is_out_of_memory or (self.exit_code == _KILLED and plan.memory):
            limit = f" of {plan.memory}" if plan.memory else ""
            return f"The container was killed: it used more memory than its limit{limit} allows.", (
                "Give it more (--memory), or fewer models."
                if plan.memory
                else "The machine, or Docker's virtual machine, has too little for these models."
            )
        known = {
            _KILLED: ("The container was killed.", "By `docker kill`, or because the machine ran out of memory."),
            _ILLEGAL_INSTRUCTION: (
                "The container met an instruction that this processor, or its emulation, does not have.",
                f"TensorFlow needs AVX. {NO_ARM64}",
            ),
            _NOT_RUNNABLE: (f"The entry point of {plan.image} cannot be run.", ""),
            _NOT_FOUND: (f"The entry point of {plan.image} does not exist in it.", ""),
        }
        return known.get(self.exit_code, (f"The container ended with status {self.exit_code}.", ""))
