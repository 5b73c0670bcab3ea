"""The root of the command line: which commands there are, and the one place where errors become exit statuses."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from tfsctl.cli._frame.command import (
    AnyContext,
    CommandGroup,
    Invocation,
    JsonFlag,
    NoColorFlag,
    QuietFlag,
    VerboseFlag,
)
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus
from tfsctl.cli._frame.failure import report
from tfsctl.cli._frame.help import write_parameters
from tfsctl.cli._frame.settings import Settings, read_settings
from tfsctl.cli._frame.variables import COMPLETION_VARIABLE

# The modules are imported only for the command that runs; `tfsctl --help` shows these lines instead. A test compares
# them with the commands' own.
COMMANDS: dict[str, dict[str, str]] = {
    "Start here": {
        "demo": "Train, export, serve and ask the two sample models, and show every step.",
    },
    "From training to a server": {
        "train": "Train a sample model and save a checkpoint.",
        "export": "Write a model as a SavedModel version that a server loads.",
        "check": "Explain what a server would do with a path, and what is wrong with it.",
        "inspect": "Show what is in a SavedModel: signatures, variables, operations, files.",
        "serve": "Serve SavedModels over TensorFlow Serving's REST and gRPC APIs.",
        "warmup": "Make or check the requests that a server runs before a version is available.",
    },
    "Ask a server": {
        "predict": "Send a prediction request and print the answer.",
        "classify": "Ask what tf.Examples are: labels and scores.",
        "regress": "Ask for a number for each of some tf.Examples.",
        "models": "List the models of a server, their versions and the labels of these.",
        "status": "Show which versions of a model are loaded, and why others are not.",
        "metadata": "Show the signatures of a model: what goes in and what comes out.",
        "verify": "Prove that a server answers as the SavedModel on disk does.",
        "bench": "Measure error rate, latency and throughput of a model.",
        "tune": "Find the batching parameters and thread counts that answer most requests under a limit.",
        "profile": "Show where a request's time goes in a running server, and in which operations.",
    },
    "Run a server": {
        "ps": "List the servers that run in the background, here and in containers.",
        "logs": "Show what a server in the background has written.",
        "wait": "Wait until a server is ready: it answers, and each of its models has an available version.",
        "stop": "Stop servers in the background: running requests finish first.",
        "doctor": "Look at this machine, and say what would not work here and why.",
        "config": "Show the settings that are in force, and where they come from.",
        "reload": "Have a running server serve what a configuration file says.",
        "label": "Give names to the versions of a model on a running server.",
    },
}
_NAMES = [name for section in COMMANDS.values() for name in section]


class RootGroup(CommandGroup):
    """The commands of the table, each imported when it runs."""

    def list_commands(self, ctx: AnyContext) -> list[str]:  # noqa: ARG002 (typer's signature)
        """All names, in the order of the help."""
        return list(_NAMES)

    def get_command(self, ctx: AnyContext, cmd_name: str) -> Any:  # noqa: ARG002 (typer's signature)
        """Import and build one command; None for a name that is none."""
        if cmd_name not in _NAMES:
            return None
        built = typer.main.get_command(import_module(f"tfsctl.cli.{cmd_name}").app)
        built.name = cmd_name
        return built

    def format_options(self, ctx: AnyContext, formatter: Any) -> None:
        """Write the commands by section and then the options, without importing a command."""
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))
        write_parameters(self.get_params(ctx), ctx, formatter)

    def format_epilog(self, ctx: AnyContext, formatter: Any) -> None:  # noqa: ARG002 (typer's signature)
        """Write what scripts and bug hunters want to know."""
        formatter.write_paragraph()
        formatter.write_text(
            "Exit status: 0 ok, 1 negative answer, 2 usage, 3 server did not start, 4 not found, 5 unreachable or"
            " unavailable, 6 deadline, 7 refused as invalid, 8 fault, 130 interrupted. TFSCTL_DEBUG=1 shows tracebacks."
        )


_app = typer.Typer(
    cls=RootGroup,
    rich_markup_mode=None,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "TFSCTL"},
)
VersionFlag = Annotated[
    bool,
    typer.Option(
        "--version", help="Show the version; with --json, those of Python and TensorFlow too.", allow_from_autoenv=False
    ),
]
NoConfigFlag = Annotated[
    bool, typer.Option("--no-config", help="Read no settings file, neither the project's nor your own.")
]


@_app.callback()
def tfsctl(
    context: typer.Context,
    *,
    version: VersionFlag = False,
    no_config: NoConfigFlag = False,
    json: JsonFlag = False,
    quiet: QuietFlag = False,
    verbose: VerboseFlag = 0,
    no_color: NoColorFlag = False,
) -> None:
    """From a trained TensorFlow model to answered requests.

    See it work, from training to answers, in a minute:

      tfsctl demo

    Step by step:

      tfsctl export half_plus_two          # writes models/half_plus_two/1
      tfsctl serve                         # serves models/ until Ctrl-C
      tfsctl predict '[1.0, 2.0, 5.0]'     # in another terminal: [2.5, 3.0, 4.5]
    """
    del no_config  # Had to be known before this.
    console = context.obj.console
    console.merge(as_json=json, quiet=quiet, verbosity=verbose, no_color=no_color)
    if version:
        _show_version(console)
    elif context.invoked_subcommand is None:
        console.show(context.get_help())


def _show_version(console: Console) -> None:
    from tfsctl import __version__

    if not console.as_json:
        console.show(f"tfsctl {__version__}")
        return
    import platform

    console.show_json(
        {
            "tfsctl": __version__,
            "python": platform.python_version(),
            "tensorflow": _installed_version("tensorflow"),
            "grpcio": _installed_version("grpcio"),
            "platform": platform.platform(),
        }
    )


def _installed_version(distribution: str) -> str | None:
    """The version of what is installed, without importing it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def run(args: Sequence[str]) -> int:
    """Run the command line with `args` and return its exit status. Nothing is raised but SystemExit."""
    root = typer.main.get_command(_app)
    if os.environ.get(COMPLETION_VARIABLE):
        from tfsctl.cli._frame.completion import complete

        return complete(root, args)
    console = Console(as_json="--json" in args, no_color="--no-color" in args)
    try:
        settings = _settings(args)
        settings.check_sections(_NAMES)
        invocation = Invocation(console, settings, tuple(_NAMES))
        with root.make_context("tfsctl", list(args), obj=invocation, default_map=settings.default_map()) as context:
            root.invoke(context)
        console.flush()
    except typer.Exit as exit_:
        return exit_.exit_code
    except BaseException as error:  # noqa: BLE001 (the last resort: whatever happened becomes a message and a status)
        return report(error, console)
    return ExitStatus.OK


def _settings(args: Sequence[str]) -> Settings:
    """What the files say; nothing where it is not wanted, or where a broken file would be in the way of help."""
    if {"-h", "--help", "--version"} & set(args):
        return Settings()
    before_command = itertools.takewhile(lambda arg: arg.startswith("-"), args)
    is_unwanted = "--no-config" in before_command or os.environ.get("TFSCTL_NO_CONFIG", "0") not in {"", "0"}
    return Settings() if is_unwanted else read_settings(Path.cwd())
