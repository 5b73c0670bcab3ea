"""`tfsctl classify`."""

from __future__ import annotations

from tfsctl.cli._client_options import LabelOption, ModelArgument, ServerOptions, VersionOption
from tfsctl.cli._examples.command import (
    ContextOption,
    DryRunFlag,
    ExampleArgument,
    SignatureOption,
    ask_about_examples,
    class_rows,
)
from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console

app = new_app()


@command(app, is_brief=True)
def classify(
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
    """Ask what tf.Examples are: labels and scores.

    An example is an object of features, `2.0` a float, `2` an int64, text and {"b64": ...} bytes. A list of objects is
    a list of examples; an object with `examples` is the whole request. A terminal shows a table of labels and scores, a
    pipe gets the answer's `results`; with --json the whole answer.

    Examples:
      tfsctl classify iris sepal_length=5.1 petal_width=0.2
      tfsctl classify iris '[{"sepal_length": 5.1}, {"sepal_length": 6.3}]' --signature-name flowers
      tfsctl classify photos image/encoded=@cat.jpg --rest
      tfsctl classify iris @examples.json --context '{"country": "NL"}' --json
    """
    from tfsctl.model_spec import ModelSpec

    spec = ModelSpec(model or "", model_version, version_label, signature_name)
    results = ask_about_examples(
        console, "classify", spec=spec, examples=examples or (), context=context, dry_run=dry_run, options=options
    )
    if results is None:
        return
    if not console.writes_to_terminal:
        console.show_json(results)
        return
    columns = ("example", "label", "score") if len(results) > 1 else ("label", "score")
    console.show_table(columns, list(class_rows(results)))
