"""What this machine has of what tfsctl needs, and what would not work on it: what `tfsctl doctor` says.

Nothing heavy is imported: whether TensorFlow's libraries open is tried in a process of its own.
"""

from __future__ import annotations

from tfsctl.machine.condition import Condition, State
from tfsctl.machine.examination import examine

__all__ = ["Condition", "State", "examine"]
