"""The server of a FlagCase: configured as `python -m tfsctl.serving` would be, in this process."""

from __future__ import annotations

from conformance.case import FlagCase, ServerCase
from conformance.play import Play
from serving.stand_in_process import free_port
from tfsctl.serving import ServerConfig
from tfsctl.serving.flags.parser import parse_flags
from tfsctl.serving.flags.stand_in import stand_in_config
from tfsctl.serving.flags.table import ServerFlags

# Where the flags do not say otherwise.
_QUICK = {
    "host": "127.0.0.1",
    "file_system_poll_wait_seconds": "0.02",
    "load_retry_interval_micros": "50000",
    "max_num_load_retries": "1",
    "drain_seconds": "1",
}
_MODEL = {"model_name": "m", "model_base_path": "{home}/m"}


class FlagPlay(Play):
    """A Play over a command line."""

    def _config(self, case: ServerCase) -> ServerConfig:
        assert isinstance(case, FlagCase)
        given = {flag.removeprefix("--").partition("=")[0] for flag in case.flags}
        defaults = dict(_QUICK)
        if not given & {*_MODEL, "model_config_file"}:
            defaults |= _MODEL
        for name in ("port", "rest_api_port"):
            defaults[name] = str(free_port())
        flags = [f"--{name}={value}" for name, value in defaults.items() if name not in given]
        return stand_in_config(parse_flags(ServerFlags, [self.expand(flag) for flag in (*flags, *case.flags)]))
