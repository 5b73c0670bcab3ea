"""`tfsctl reload`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tfsctl.cli._client_options import ReloadServerOptions
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._model_config_input import check_config, read_config_text
from tfsctl.errors import DeadlineExceededError

app = new_app()

ConfigArgument = Annotated[
    Path, typer.Argument(metavar="CONFIG_FILE", help="A ModelServerConfig in text form; - for standard input.")
]
MetricOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metric", metavar="NAME", help="Print by how much this metric of the server has grown; may be repeated."
    ),
]


@command(app, is_brief=True)
def reload(
    console: Console,
    config_file: ConfigArgument,
    *,
    metric: MetricOption = None,
    options: ReloadServerOptions,
) -> None:
    """Have a running server serve what a configuration file says.

    The file replaces the whole configuration: models that it leaves out are unloaded. Ends when the new models are
    available. Works on any TensorFlow Serving, over gRPC alone. A server that follows a file of its own
    (--model-config-file-poll-wait-seconds) goes back to that.

    Examples:
      tfsctl reload models.config
      tfsctl reload models.config --server gpu-box:8500 --metric /tensorflow/core/saved_model/load_attempt_count
      tfsctl reload - --json < models.config
    """
    from tfsctl.client.model_config_text import parse_model_config

    source = "Standard input" if str(config_file) == "-" else str(config_file)
    config = parse_model_config(read_config_text(config_file), source=source)
    check_config(config, source=source, console=console)
    with options.open_for_management(console) as client:
        try:
            increases = client.reload(config, metric_names=metric or ())
        except DeadlineExceededError as error:
            error.hint = "The configuration may be in force all the same: `tfsctl status` shows what is still to come."
            raise
    names = [model.name for model in config.model_config_list.config]
    if console.as_json:
        console.show_json({"models": names, "metrics": increases})
        return
    console.say(f"{client.address} serves: {', '.join(names)}." if names else f"{client.address} serves no model now.")
    if metric:
        console.show_table(("metric", "increase"), list(increases.items()))
