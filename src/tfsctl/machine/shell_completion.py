"""Whether the shell completes tfsctl's commands."""

from __future__ import annotations

import os
from pathlib import Path

from tfsctl.machine.condition import Condition, State

# Where shells look for it, and where people put the line that makes it.
_PLACES = {
    "bash": (
        ".bashrc",
        ".bash_profile",
        ".bash_completions/tfsctl.sh",
        ".local/share/bash-completion/completions/tfsctl",
    ),
    "zsh": (".zshrc", ".zfunc/_tfsctl"),
    "fish": (".config/fish/completions/tfsctl.fish", ".config/fish/config.fish"),
}
_LINES = {
    "bash": 'add to ~/.bashrc:\neval "$(_TFSCTL_COMPLETE=source_bash tfsctl)"',
    "zsh": 'add to ~/.zshrc, after compinit:\neval "$(_TFSCTL_COMPLETE=source_zsh tfsctl)"',
    "fish": "run:\n_TFSCTL_COMPLETE=source_fish tfsctl > ~/.config/fish/completions/tfsctl.fish",
}
_ID, _SUBJECT = "completion", "Completion"


def shell_completion(*, home: Path | None = None, shell: str | None = None) -> Condition:
    """For the user's login shell."""
    name = Path(shell if shell is not None else os.environ.get("SHELL", "")).name
    if name not in _PLACES:
        return Condition(_ID, _SUBJECT, State.NOTE, f"no completion for {name or 'this shell'}", None)
    home = home or Path.home()
    for place in _PLACES[name]:
        if _mentions_tfsctl(home / place):
            return Condition(_ID, _SUBJECT, State.OK, f"{name}: {home / place}")
    return Condition(_ID, _SUBJECT, State.NOTE, f"{name}: not set up", f"To have it, {_LINES[name]}")


def _mentions_tfsctl(file: Path) -> bool:
    try:
        return "_TFSCTL_COMPLETE" in file.read_text(errors="replace")
    except OSError:
        return False
