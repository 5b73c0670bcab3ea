"""Mistakes in a model config file (ModelServerConfig)."""

from __future__ import annotations

from tfsctl.check.finding import FindingKind, Severity

KINDS = (
    FindingKind(
        id="config-unparsable",
        severity=Severity.ERROR,
        title="The config file cannot be parsed",
        symptom="INVALID_ARGUMENT: Invalid protobuf file: 'PATH'; on stderr: Error parsing text-format"
        " tensorflow.serving.ModelServerConfig: LINE:COLUMN: …",
        reason="The file holds a ModelServerConfig in protobuf's text form. A server does not start with"
        " anything else; one that runs goes on with what it had.",
        correction="Correct the place that is named.",
        example='model_config_list {\n  config { name: "m" base_path: "/models/m" model_platform: "tensorflow" }\n}',
    ),
    FindingKind(
        id="config-empty",
        severity=Severity.ERROR,
        title="The config file names no models",
        symptom="A file of zero bytes: INVALID_ARGUMENT: PATH; Invalid argument. Else nothing: the server runs"
        " without models, and every request is answered NOT_FOUND: Servable not found for request: …",
        reason="Nothing stands in model_config_list, or the file has only comments.",
        correction="Add a config block for each model.",
        example='model_config_list {\n  config { name: "m" base_path: "/models/m" model_platform: "tensorflow" }\n}',
    ),
    FindingKind(
        id="config-custom",
        severity=Severity.ERROR,
        title="The config file has a custom_model_config",
        symptom="The process aborts: ModelServer does not yet support custom model config.",
        reason="Only model_config_list is supported.",
        correction="List the models in model_config_list.",
        example='model_config_list {\n  config { name: "m" base_path: "/models/m" model_platform: "tensorflow" }\n}',
    ),
    FindingKind(
        id="duplicate-model-name",
        severity=Severity.ERROR,
        title="Two models have the same name",
        symptom="INVALID_ARGUMENT: Illegal to list model NAME multiple times in config list",
        reason="Clients ask for a model by its name. The whole configuration is refused.",
        correction="Rename one of them; several versions of one model belong below one base path.",
        example='config { name: "m" base_path: "/models/m" … }\nconfig { name: "m_new" base_path: "/models/m_new" … }',
    ),
    FindingKind(
        id="model-name-missing",
        severity=Severity.ERROR,
        title="A model has no name",
        symptom="The model cannot be asked for.",
        reason="Clients ask for a model by its name.",
        correction="Add a name.",
        example='config { name: "m" base_path: "/models/m" model_platform: "tensorflow" }',
    ),
    FindingKind(
        id="model-name-awkward",
        severity=Severity.WARNING,
        title="A model's name has characters that URLs give a meaning",
        symptom="REST: Malformed request: POST /v1/models/a/b:predict",
        reason="In a REST URL such a name must be percent-encoded, which people forget.",
        correction="Use letters, digits, `_`, `-` and `.`.",
        example='name: "team/m"    # asks for /v1/models/team%2Fm:predict',
    ),
    FindingKind(
        id="model-platform-missing",
        severity=Severity.ERROR,
        title="model_platform is missing",
        symptom="INVALID_ARGUMENT: Illegal setting neither ModelServerConfig::model_type (deprecated) nor"
        " ModelServerConfig::model_platform, model name is NAME",
        reason="A server wants to be told what runs each model, though there is only one answer. The whole"
        " configuration is refused.",
        correction='Add model_platform: "tensorflow" to the config block.',
        example='config { name: "m" base_path: "/models/m" model_platform: "tensorflow" }',
    ),
    FindingKind(
        id="model-platform-invalid",
        severity=Severity.ERROR,
        title="model_platform is none that exists",
        symptom="INVALID_ARGUMENT: Model NAME requests unsupported platform P; or Illegal setting both"
        " ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform",
        reason="Only `tensorflow` exists, and model_type must not be set beside it.",
        correction='Write model_platform: "tensorflow" and nothing else.',
        example='config { name: "m" base_path: "/models/m" model_platform: "tensorflow" }',
    ),
    FindingKind(
        id="base-path-missing",
        severity=Severity.ERROR,
        title="A base path does not exist",
        symptom="FileSystemStoragePathSource encountered a filesystem access error: Could not find base path PATH"
        " for servable NAME; again every second, while nothing else is loaded or unloaded.",
        reason="TensorFlow Serving gives up a whole round of looking when one base path is missing, so that the"
        " other models are neither loaded nor updated. tfsctl waits for that model alone.",
        correction="Correct the path, or create it. In a container the path is the one inside the container.",
        example='base_path: "/models/m"',
    ),
    FindingKind(
        id="relative-base-path",
        severity=Severity.WARNING,
        title="A base path is relative",
        symptom="INVALID_ARGUMENT: Expected model NAME to have an absolute path or URI; got base_path()=PATH",
        reason="TensorFlow Serving refuses relative paths. tfsctl takes them from the directory it was started in.",
        correction="Write the absolute path.",
        example='base_path: "/srv/models/m"    # not "models/m"',
    ),
    FindingKind(
        id="label-not-loaded",
        severity=Severity.ERROR,
        title="A label stands for a version that would not be loaded",
        symptom="FAILED_PRECONDITION: Request to assign label to version N of model NAME, which is not currently"
        " available for inference",
        reason="A label may only stand for a version that is loaded. TensorFlow Serving refuses the whole"
        " configuration; tfsctl refuses the requests that use the label.",
        correction="Let the version policy load that version, or move the label.",
        example="model_version_policy { specific { versions: 1 versions: 2 } }\n"
        'version_labels { key: "stable" value: 1 }\n'
        'version_labels { key: "canary" value: 2 }',
    ),
    FindingKind(
        id="labels-at-start",
        severity=Severity.WARNING,
        title="Labels stand in the configuration that a server starts with",
        symptom="FAILED_PRECONDITION: Request to assign label to version N of model NAME, which is not currently"
        " available for inference; the server ends.",
        reason="When TensorFlow Serving starts, no version is loaded yet, so it refuses every label, unless it"
        " has the flag --allow_version_labels_for_unavailable_models. tfsctl waits for the version"
        " instead.",
        correction="Start TensorFlow Serving with that flag, or add the labels by a reload once it runs.",
        example="tensorflow_model_server … --allow_version_labels_for_unavailable_models=true",
    ),
    FindingKind(
        id="specific-version-missing",
        severity=Severity.WARNING,
        title="The policy asks for a version that is not there",
        symptom="Version N of servable NAME, which was requested to be served as a 'specific' version in the"
        " servable's config, was not found in the file system",
        reason="A server loads those of the versions that exist, and only warns of the others.",
        correction="Correct the number, or copy the version there.",
        example="model_version_policy { specific { versions: 3 } }",
    ),
)
