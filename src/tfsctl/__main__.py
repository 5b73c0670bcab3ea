"""`python -m tfsctl` is the `tfsctl` command."""

from __future__ import annotations

from tfsctl.cli import main

if __name__ == "__main__":
    main()
