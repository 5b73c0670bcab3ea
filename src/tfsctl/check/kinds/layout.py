"""Mistakes in how directories and files are laid out and named."""

from __future__ import annotations

from tfsctl.check.finding import FindingKind, Severity

KINDS = (
    FindingKind(
        id="no-version-directory",
        severity=Severity.ERROR,
        title="No directory is named by a number",
        symptom="No versions of servable NAME found under base path PATH. Did you forget to name your leaf"
        " directory as a number (eg. '/1/')?",
        reason="A server loads the directories below a model's base path whose whole names are numbers, and"
        " nothing else. It goes on looking and waits; its ports stay closed.",
        correction="Put the SavedModel (saved_model.pb, variables/, assets/) into a directory named 1 below the base"
        " path, and serve the base path.",
        example="models/m/saved_model.pb      # wrong\nmodels/m/1/saved_model.pb    # right: tfsctl serve models/m",
    ),
    FindingKind(
        id="path-is-version-directory",
        severity=Severity.ERROR,
        title="The path is one version of a model, not its base path",
        symptom="No versions of servable NAME found under base path PATH.",
        reason="A server is given the directory above the version directories, so that it can follow new"
        " versions. In a version directory itself it finds no numbers.",
        correction="Give the directory above.",
        example="tfsctl serve models/m/1      # wrong\ntfsctl serve models/m        # right",
    ),
    FindingKind(
        id="saved-model-file-given",
        severity=Severity.ERROR,
        title="The path is saved_model.pb itself",
        symptom="No versions of servable NAME found under base path PATH; with Docker the container may not even"
        " start, because a file is mounted on a directory.",
        reason="saved_model.pb is the graph without its variables. A server is given the base path, two"
        " directories up.",
        correction="Give the directory above the version directory.",
        example="tfsctl serve models/m/1/saved_model.pb    # wrong\ntfsctl serve models/m                     # right",
    ),
    FindingKind(
        id="model-file-given",
        severity=Severity.ERROR,
        title="The file is a model of another format",
        symptom="No versions of servable NAME found under base path PATH.",
        reason="A server loads SavedModels: directories, made by tf.saved_model.save or model.export. Files of"
        " Keras (.keras, .h5), frozen graphs (.pb) and models of other frameworks must be converted"
        " first.",
        correction="Convert it: `tfsctl export FILE` takes .keras and .h5.",
        example="tfsctl serve classifier.keras     # wrong\n"
        "tfsctl export classifier.keras    # right, then:\n"
        "tfsctl serve models/classifier",
    ),
    FindingKind(
        id="checkpoint-given",
        severity=Severity.ERROR,
        title="The path is a training checkpoint",
        symptom="No versions of servable NAME found under base path PATH.",
        reason="A checkpoint holds the values of variables and no graph: it cannot be run without the code that"
        " built the model.",
        correction="Restore the checkpoint in that code and export a SavedModel.",
        example="model.load_weights('ckpt')\nmodel.export('models/m/1')",
    ),
    FindingKind(
        id="version-name-not-number",
        severity=Severity.ERROR,
        title="A version directory's name is not a whole number",
        symptom="No versions of servable NAME found under base path PATH; or the version is passed over without a"
        " word.",
        reason="Only names that are whole numbers count, such as 1 or 20240131. Names like v1, 0.1 or 1.0 are"
        " passed over, and so are numbers that do not fit into 64 bits.",
        correction="Rename the directory.",
        example="mv models/m/v1 models/m/1",
    ),
    FindingKind(
        id="version-is-file",
        severity=Severity.ERROR,
        title="A file is named as a version",
        symptom="Loading servable: {name: NAME version: N} failed: NOT_FOUND: Specified file path does not appear"
        " to contain a SavedModel bundle",
        reason="A server does not look whether a number is the name of a directory: it tries to load the file as"
        " a version, and does not fall back to the one before.",
        correction="Rename the file or move it away.",
        example="mv models/m/2 models/m/notes-2",
    ),
    FindingKind(
        id="same-version-twice",
        severity=Severity.WARNING,
        title="Two directories have the same number",
        symptom="Duplicate version directories detected; which of the two is loaded depends on the version policy.",
        reason="1 and 001 are the same version. With most policies the name that sorts last is used, with `all`"
        " the first.",
        correction="Give one of them a number of its own, or move it away.",
        example="mv models/m/001 models/m/2",
    ),
    FindingKind(
        id="unreadable",
        severity=Severity.ERROR,
        title="A file or directory cannot be read",
        symptom="PERMISSION_DENIED: PATH; Permission denied",
        reason="The user who runs the server has no permission to read it.",
        correction="Change the owner or the mode.",
        example="chmod -R a+rX models/m",
    ),
    FindingKind(
        id="remote-path-not-checked",
        severity=Severity.NOTE,
        title="The path is on an object store",
        symptom="Nothing: this is only said because nothing was looked at.",
        reason="A check looks at files of this machine.",
        correction="Copy the model here and check the copy, or see what `tfsctl serve` says.",
        example="aws s3 cp --recursive s3://bucket/m models/m && tfsctl check models/m",
    ),
)
