"""What all commands have in common: the shared flags, TF Serving's spelling of options, and the layout of help."""

from __future__ import annotations

import gc
import inspect
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from tfsctl.cli._frame.completed_names import OF_SERVER
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.help import write_docstring, write_parameters, write_sources
from tfsctl.cli._frame.settings import SHARED_VARIABLES, Settings
from tfsctl.cli._frame.spelling import respelled
from tfsctl.cli._frame.usage_context import told_of
from tfsctl.cli._frame.variables import complaints
from tfsctl.errors import UsageError

# Typer's own name for the type of a context moved between its releases; what we use of it did not.
AnyContext = Any
CommandFunction = TypeVar("CommandFunction", bound=Callable[..., None])


@dataclass(slots=True)
class Invocation:
    """One run of the command line: what every command finds as its context's object."""

    console: Console = field(default_factory=Console)
    settings: Settings = field(default_factory=Settings)
    commands: tuple[str, ...] = ()  # All there are.


JsonFlag = Annotated[bool, typer.Option("--json", help="Write results and errors as JSON.", rich_help_panel="Output")]
QuietFlag = Annotated[
    bool, typer.Option("--quiet", "-q", help="Write results, warnings and errors only.", rich_help_panel="Output")
]
VerboseFlag = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        help="Write details, and TensorFlow's own log lines.",
        rich_help_panel="Output",
    ),
]
NoColorFlag = Annotated[
    bool, typer.Option("--no-color", help="Write no colours; so does NO_COLOR=1.", rich_help_panel="Output")
]
_SHARED_FLAGS = {
    "json": (JsonFlag, False),
    "quiet": (QuietFlag, False),
    "verbose": (VerboseFlag, 0),
    "no_color": (NoColorFlag, False),
}


class TypedOptions(frozenset[str]):
    """The names of the options that stand on the command line itself, not in a settings file or the environment.

    A command that has a parameter of this type is given them.
    """


def new_app() -> typer.Typer:
    """The app of one command's module."""
    return typer.Typer(add_completion=False, rich_markup_mode=None)


def command(
    app: typer.Typer, name: str | None = None, *, is_brief: bool = False, cls: type[TyperCommand] | None = None
) -> Callable[[CommandFunction], CommandFunction]:
    """Make a function a command of `app`: the function gets a Console first and then its own options.

    The command has the function's name, unless another is given.

    `--json`, `--quiet`, `--verbose` and `--no-color` are added and go to the console; they may stand before the
    command's name too. A parameter whose type is a dataclass stands for options that several commands have: one for
    each of its fields, and one of the type typer.Context or TypedOptions for none. An underscore at the end of a
    parameter's name is not part of its option's name.

    A command that `is_brief` does so little before it ends that collecting garbage would only cost time. One that reads
    its line in a way of its own has another `cls`, derived from `Command`.
    """

    def register(function: CommandFunction) -> CommandFunction:
        app.command(name or function.__name__, cls=cls or Command)(_with_shared_flags(function, is_brief=is_brief))
        return function

    return register


def _with_shared_flags(function: Callable[..., None], *, is_brief: bool) -> Callable[..., None]:
    # Typer builds options from the signature: it must see the function's own, the console left out.
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

    def run(typer_context: typer.Context, **values: Any) -> None:
        console = typer_context.find_root().obj.console
        flags = {name: values.pop(name) for name in _SHARED_FLAGS}
        console.merge(
            as_json=flags["json"], quiet=flags["quiet"], verbosity=flags["verbose"], no_color=flags["no_color"]
        )
        if not is_brief:
            gc.enable()
        if console.is_verbose:
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0")
        function(console, **{parameter.name: _argument(parameter, values, typer_context) for parameter in own})

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("typer_context", keyword, annotation=typer.Context),
        *(option for parameter in own for option in _options(parameter)),
        *(inspect.Parameter(n, keyword, default=d, annotation=a) for n, (a, d) in _SHARED_FLAGS.items()),
    ]
    _offer_names(parameters)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # Functions have it at run time.
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__doc__ = function.__doc__
    return run


def _options(parameter: inspect.Parameter) -> Iterable[inspect.Parameter]:
    """The parameter itself, or one for each field of its dataclass; none for what is no option."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    group = parameter.annotation
    if group in {TypedOptions, typer.Context}:
        return ()
    if not is_dataclass(group):
        return (parameter.replace(name=_option_name(parameter), kind=keyword),)
    hints = get_type_hints(group, include_extras=True)
    return [inspect.Parameter(f.name, keyword, default=f.default, annotation=hints[f.name]) for f in fields(group)]


def _offer_names(parameters: Iterable[inspect.Parameter]) -> None:
    """Let shells complete what the server can be asked for, in every command that asks one."""
    by_name = {parameter.name: parameter.annotation for parameter in parameters}
    for name in OF_SERVER.keys() & by_name.keys() if "server" in by_name else ():
        for info in getattr(by_name[name], "__metadata__", ()):
            if hasattr(info, "autocompletion"):
                info.autocompletion = OF_SERVER[name]


def _argument(parameter: inspect.Parameter, values: dict[str, Any], context: Any) -> Any:
    """What a command's function gets for one of its parameters."""
    group = parameter.annotation
    if group is typer.Context:
        return context
    if group is TypedOptions:
        sources = {name: context.get_parameter_source(name) for name in context.params}
        return TypedOptions(name for name, source in sources.items() if source and source.name == "COMMANDLINE")
    if isinstance(group, type) and is_dataclass(group):
        return group(**{option.name: values[option.name] for option in fields(group)})
    return values[_option_name(parameter)]


def _option_name(parameter: inspect.Parameter) -> str:
    """`all_` is called so for the sake of Python alone."""
    return parameter.name.rstrip("_")


class Command(TyperCommand):
    """A command that takes `--name=value` and `--under_scored` spellings, and groups its options in the help."""

    def parse_args(self, ctx: AnyContext, args: list[str]) -> list[str]:
        """Parse after the settings were checked and TF Serving's spellings were turned into ours."""
        invocation = ctx.find_object(Invocation)
        if ctx.resilient_parsing and args and self._wants_value(args[-1]):
            args = args[:-1]  # Its value is about to be typed; without one nothing of the line would be understood.
        if invocation is not None:
            if not ctx.resilient_parsing:  # Else a shell wants completions, and no complaints.
                self._check(ctx, invocation)
            ctx.default_map = {**(ctx.default_map or {}), **self._shared_defaults(ctx, invocation.settings)}
        with told_of(ctx):
            return super().parse_args(ctx, list(respelled(args, self.params)))

    def _wants_value(self, word: str) -> bool:
        options: list[Any] = [p for p in self.params if word.startswith("-") and word in p.opts]
        return any(not (option.is_flag or option.count) for option in options)

    def _check(self, ctx: AnyContext, invocation: Invocation) -> None:
        """Refuse unknown keys of the settings, and warn of unknown variables."""
        known = [parameter.name or "" for parameter in self.params]
        invocation.settings.check_section(section_of(ctx), known)
        own = variables_of(ctx, self)
        for line in complaints(
            os.environ, own.values(), prefix=f"{ctx.auto_envvar_prefix}_", commands=invocation.commands
        ):
            invocation.console.warn(line)

    def _shared_defaults(self, ctx: AnyContext, settings: Settings) -> dict[str, Any]:
        """What is said to all commands at once of the options that this one has."""
        names = [parameter.name for parameter in self.params if is_shared(parameter)]
        found = {name: settings.find(section_of(ctx), name, is_shared=True) for name in names}
        return {name: setting.value for name, setting in found.items() if setting is not None}

    def format_help_text(self, ctx: AnyContext, formatter: Any) -> None:  # noqa: ARG002 (typer's signature)
        """Write the docstring: prose is wrapped to the terminal, indented examples stay as they are."""
        write_docstring(self.help or "", formatter)

    def format_options(self, ctx: AnyContext, formatter: Any) -> None:
        """Write options in their groups, in the order in which groups first appear; the ungrouped come first."""
        write_parameters(self.get_params(ctx), ctx, formatter)

    def format_epilog(self, ctx: AnyContext, formatter: Any) -> None:
        """Say how options can be set without giving them."""
        write_sources(section_of(ctx), formatter)


class CommandGroup(TyperGroup):
    """A command with sub-commands, with help laid out as in Command."""

    def format_help_text(self, ctx: AnyContext, formatter: Any) -> None:  # noqa: ARG002 (typer's signature)
        """Write the docstring: prose is wrapped to the terminal, indented examples stay as they are."""
        write_docstring(self.help or "", formatter)

    def resolve_command(self, ctx: AnyContext, args: list[str]) -> Any:
        """Find the command that was meant, or raise UsageError with the nearest name."""
        names = self.list_commands(ctx)
        if args[0] in names or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        nearest = get_close_matches(args[0].lower(), names, n=1)
        path = ctx.command_path
        hint = f"Did you mean `{path} {nearest[0]}`?" if nearest else f"`{path} --help` lists the commands."
        raise UsageError(f"No such command: '{args[0]}'.", hint=hint)


def is_shared(parameter: Any) -> bool:
    """Whether a parameter is an option that can be set for all commands at once that have it."""
    return parameter.name in SHARED_VARIABLES and getattr(parameter, "allow_from_autoenv", False)


def variables_of(ctx: AnyContext, built: Any) -> dict[str, str]:
    """The environment variables that set a command's options, by the option's name."""
    prefix = ctx.auto_envvar_prefix
    names = [p.name for p in built.params if getattr(p, "allow_from_autoenv", False)]
    return {name: f"{prefix}_{name.upper()}" for name in names} if prefix else {}


def section_of(ctx: AnyContext) -> str:
    """Where a command's defaults stand in a settings file: `train.mnist` for `tfsctl train mnist`."""
    return ".".join(ctx.command_path.split()[1:])
