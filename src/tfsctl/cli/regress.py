"""`tfsctl regress`."""

from __future__ import annotations

from tfsctl.cli._client_options import LabelOption, ModelArgument, ServerOptions, VersionOption
from tfsctl.cli._examples.command import (
    ContextOption,
    DryRunFlag,
    ExampleArgument,
    SignatureOption,
    ask_about_examples,
)
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console

app = new_app()


@command(app, is_brief=True)
def regress(
    console: Console,
    model: ModelArgument = None,
    examples: ExampleArgument = None,
    *,
    context: ContextOption = None,
    signature_name: SignatureOption = "",
    model_version: VersionOption = None,
    version_label: LabelOption = None,
    dry_run: DryRunFlag = False,
    options: ServerOptions,
) -> None:
    """Ask for a number for each of some tf.Examples.

    An example is an object of features, `2.0` a float, `2` an int64, text and {"b64": ...} bytes. A list of objects is
    a list of examples; an object with `examples` is the whole request. The answer's `results` are printed; with --json
    the whole answer.

    Examples:
      tfsctl regress half_plus_two x=80.0 --signature-name regress_x_to_y
      tfsctl regress half_plus_two '[{"x": 1.0}, {"x": 2.0}]' --signature-name regress_x_to_y
      tfsctl regress houses @examples.json --context '{"city": "Utrecht"}' --json
    """
    from tfsctl.model_spec import ModelSpec

    spec = ModelSpec(model or "", model_version, version_label, signature_name)
    results = ask_about_examples(
        console, "regress", spec=spec, examples=examples or (), context=context, dry_run=dry_run, options=options
    )
    if results is not None:
        console.show_json(results)
