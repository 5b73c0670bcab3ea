"""What all commands have in common: the shared flags, TF Serving's spelling of options, and the layout of help."""

from __future__ import annotations

import gc
import inspect
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Annotated, Any, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from tfsctl.cli._console import Console
from tfsctl.cli._help import write_docstring, write_parameters, write_sources
from tfsctl.cli._settings import Settings
from tfsctl.errors import UsageError

# Typer's own name for the type of a context moved between its releases; what we use of it did not.
AnyContext = Any
CommandFunction = TypeVar("CommandFunction", bound=Callable[..., None])

_TRUE = ("1", "true", "True", "TRUE")
_FALSE = ("0", "false", "False", "FALSE")


@dataclass(slots=True)
class Invocation:
    """One run of the command line: what every command finds as its context's object."""

    console: Console = field(default_factory=Console)
    settings: Settings = field(default_factory=Settings)


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
_SHARED_FLAGS = {"json": (JsonFlag, False), "quiet": (QuietFlag, False), "verbose": (VerboseFlag, 0)}


def new_app() -> typer.Typer:
    """The app of one command's module."""
    return typer.Typer(add_completion=False, rich_markup_mode=None)


def command(
    app: typer.Typer, name: str | None = None, *, is_brief: bool = False
) -> Callable[[CommandFunction], CommandFunction]:
    """Make a function a command of `app`: the function gets a Console first and then its own options.

    The command has the function's name, unless another is given.

    `--json`, `--quiet` and `--verbose` are added and go to the console; they may stand before the command's name too.
    A parameter whose type is a dataclass stands for options that several commands have: one for each of its fields.
    A command that `is_brief` does so little before it ends that collecting garbage would only cost time.
    """

    def register(function: CommandFunction) -> CommandFunction:
        app.command(name or function.__name__, cls=Command)(_with_shared_flags(function, is_brief=is_brief))
        return function

    return register


def _with_shared_flags(function: Callable[..., None], *, is_brief: bool) -> Callable[..., None]:
    # Typer builds options from the signature: it must see the function's own, the console left out.
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    groups: dict[str, Any] = {p.name: p.annotation for p in own if is_dataclass(p.annotation)}

    def run(typer_context: typer.Context, **values: Any) -> None:
        console = typer_context.find_root().obj.console
        console.merge(as_json=values.pop("json"), quiet=values.pop("quiet"), verbosity=values.pop("verbose"))
        if not is_brief:
            gc.enable()
        if console.is_verbose:
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0")
        for name, group in groups.items():
            values[name] = group(**{option.name: values.pop(option.name) for option in fields(group)})
        function(console, **values)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("typer_context", keyword, annotation=typer.Context),
        *(option.replace(kind=keyword) for parameter in own for option in _options(parameter)),
        *(inspect.Parameter(n, keyword, default=d, annotation=a) for n, (a, d) in _SHARED_FLAGS.items()),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # Functions have it at run time.
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__doc__ = function.__doc__
    return run


def _options(parameter: inspect.Parameter) -> Iterable[inspect.Parameter]:
    """The parameter itself, or one for each field of its dataclass."""
    group = parameter.annotation
    if not is_dataclass(group):
        return (parameter,)
    hints = get_type_hints(group, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [inspect.Parameter(f.name, keyword, default=f.default, annotation=hints[f.name]) for f in fields(group)]


class Command(TyperCommand):
    """A command that takes `--name=value` and `--under_scored` spellings, and groups its options in the help."""

    def parse_args(self, ctx: AnyContext, args: list[str]) -> list[str]:
        """Parse after the settings file was checked and TF Serving's spellings were turned into ours."""
        invocation = ctx.find_object(Invocation)
        if invocation is not None:
            invocation.settings.check_section(section_of(ctx), [parameter.name or "" for parameter in self.params])
        return super().parse_args(ctx, list(self._respelled(args)))

    def _respelled(self, args: Iterable[str]) -> Iterable[str]:
        """`--rest_api_port=1` becomes `--rest-api-port=1`, `--flag=true` becomes `--flag`, until `--`."""
        rest = iter(args)
        for arg in rest:
            if arg == "--":
                yield arg
                break
            if not arg.startswith("--"):
                yield arg
                continue
            name, equals, value = arg.partition("=")
            dashed = name.replace("_", "-")
            yield self._flag(dashed, value) if equals and self._is_flag(dashed) else dashed + equals + value
        yield from rest

    def _is_flag(self, option: str) -> bool:
        return any(getattr(parameter, "is_flag", False) and option in parameter.opts for parameter in self.params)

    def _flag(self, option: str, value: str) -> str:
        if value in _TRUE:
            return option
        negations = [n for p in self.params if option in p.opts for n in p.secondary_opts]
        if value in _FALSE and negations:
            return negations[0]
        wanted = "true or false" if negations else "true"
        raise UsageError(f"Invalid value for {option}: '{value}' is not {wanted}.")

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


def section_of(ctx: AnyContext) -> str:
    """Where a command's defaults stand in a settings file: `train.mnist` for `tfsctl train mnist`."""
    return ".".join(ctx.command_path.split()[1:])
