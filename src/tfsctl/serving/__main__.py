"""`python -m tfsctl.serving` takes the arguments of `tensorflow_model_server`."""

from __future__ import annotations

import sys

from tfsctl.serving.flags.stand_in import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
