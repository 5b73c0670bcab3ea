"""The root of the command line: which commands there are, and the one place where errors become exit statuses."""

from __future__ import annotations

import os
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from tfsctl.cli._command import (
    AnyContext,
    CommandGroup,
    Invocation,
    JsonFlag,
    QuietFlag,
    VerboseFlag,
)
from tfsctl.cli._console import Console
from tfsctl.cli._exit_status import ExitStatus
from tfsctl.cli._failure import report
from tfsctl.cli._help import write_parameters
from tfsctl.cli._settings import Settings, read_settings
from tfsctl.errors import UsageError

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
    },
    "Run a server": {
        "ps": "List the servers that run in the background, here and in containers.",
        "logs": "Show what a server in the background has written.",
        "wait": "Wait until a server is ready: it answers, and each of its models has an available version.",
        "stop": "Stop servers in the background: running requests finish first.",
        "doctor": "Look at this machine, and say what would not work here and why.",
        "reload": "Have a running server serve what a configuration file says.",
        "label": "Give names to the versions of a model on a running server.",
    },
}
_NAMES = [name for section in COMMANDS.values() for name in section]
_COMPLETION_VARIABLE = "_TFSCTL_COMPLETE"


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

    def resolve_command(self, ctx: AnyContext, args: list[str]) -> Any:
        """Find the command that was meant, or raise UsageError with the nearest name."""
        if args[0] not in _NAMES and not args[0].startswith("-"):
            nearest = get_close_matches(args[0], _NAMES, n=1)
            hint = f"Did you mean `tfsctl {nearest[0]}`?" if nearest else "`tfsctl --help` lists the commands."
            raise UsageError(f"No such command: '{args[0]}'.", hint=hint)
        return super().resolve_command(ctx, args)

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


@_app.callback()
def tfsctl(
    context: typer.Context,
    *,
    version: VersionFlag = False,
    json: JsonFlag = False,
    quiet: QuietFlag = False,
    verbose: VerboseFlag = 0,
) -> None:
    """From a trained TensorFlow model to answered requests.

    See it work, from training to answers, in a minute:

      tfsctl demo

    Step by step:

      tfsctl export half_plus_two          # writes models/half_plus_two/1
      tfsctl serve                         # serves what is below models/, until Ctrl-C
      tfsctl predict '[1.0, 2.0, 5.0]'     # in another terminal: [2.5, 3.0, 4.5]
    """
    console = context.obj.console
    console.merge(as_json=json, quiet=quiet, verbosity=verbose)
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
    if os.environ.get(_COMPLETION_VARIABLE):
        root.main(args=list(args), prog_name="tfsctl")
    console = Console(as_json="--json" in args)
    try:
        settings = Settings() if {"-h", "--help", "--version"} & set(args) else read_settings(Path.cwd())
        settings.check_sections(_NAMES)
        invocation = Invocation(console, settings)
        with root.make_context("tfsctl", list(args), obj=invocation, default_map=settings.default_map()) as context:
            root.invoke(context)
        console.flush()
    except typer.Exit as exit_:
        return exit_.exit_code
    except BaseException as error:  # noqa: BLE001 (the last resort: whatever happened becomes a message and a status)
        return report(error, console)
    return ExitStatus.OK
