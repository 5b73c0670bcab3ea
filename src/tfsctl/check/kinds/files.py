"""Mistakes in the files of a version."""

from __future__ import annotations

from tfsctl.check.finding import FindingKind, Severity

KINDS = (
    FindingKind(
        id="saved-model-missing",
        severity=Severity.ERROR,
        title="A version directory has no saved_model.pb",
        symptom="NOT_FOUND: Specified file path does not appear to contain a SavedModel bundle (should have a"
        " file called `saved_model.pb`)",
        reason="The version is empty, half copied, or its files lie one directory too deep. A server that has"
        " tried to load it in this state does not try again while the directory stays.",
        correction="Copy the version whole: into a directory with another name first, then rename it to its number.",
        example="cp -r export/1 models/m/copying && mv models/m/copying models/m/2",
    ),
    FindingKind(
        id="saved-model-unparsable",
        severity=Severity.ERROR,
        title="saved_model.pb cannot be parsed",
        symptom="DATA_LOSS: Can't parse PATH/saved_model.pb as binary proto",
        reason="The file was cut off while it was copied, or is something else, such as a frozen graph.",
        correction="Copy or export the version again. TensorFlow 1's frozen graphs must be made SavedModels.",
        example="rsync -a export/1/ models/m/copying && mv models/m/copying models/m/2",
    ),
    FindingKind(
        id="session-bundle",
        severity=Severity.ERROR,
        title="The version is a SessionBundle",
        symptom="UNIMPLEMENTED: Session Bundle is deprecated and removed.",
        reason="export.meta is the format from before TensorFlow 1.0. No server loads it any more.",
        correction="Export the model again as a SavedModel.",
        example="ls models/m/1\nexport.meta  export-00000-of-00001    # the old format",
    ),
    FindingKind(
        id="variables-missing",
        severity=Severity.ERROR,
        title="The variables are missing",
        symptom="The version becomes AVAILABLE, and every request fails with FAILED_PRECONDITION: Attempting to"
        " use uninitialized value …, or Could not find variable …",
        reason="Without variables/variables.index TensorFlow takes a model for one without variables. It loads"
        " the graph and has no values for it.",
        correction="Copy the directory variables/ too, all of it.",
        example="cp -r export/1/variables models/m/1/",
    ),
    FindingKind(
        id="variables-incomplete",
        severity=Severity.ERROR,
        title="The variables are incomplete",
        symptom="OUT_OF_RANGE: Read less bytes than requested; or NOT_FOUND: Unsuccessful TensorSliceReader"
        " constructor; or DATA_LOSS: not an sstable (bad magic number)",
        reason="variables.index says in which shards (variables.data-00000-of-0000N) the values lie, and up to"
        " which byte. A shard is missing or shorter than that, or the index itself is damaged: a copy"
        " that was cut off.",
        correction="Copy the directory variables/ again, all of it.",
        example="cp -r export/1/variables models/m/1/",
    ),
    FindingKind(
        id="variable-not-in-checkpoint",
        severity=Severity.ERROR,
        title="The graph restores a variable that the files do not have",
        symptom="NOT_FOUND: Key NAME not found in checkpoint",
        reason="saved_model.pb and variables/ do not belong together: they come from two exports.",
        correction="Copy both from the same export.",
        example="cp -r export/2 models/m/copying && mv models/m/copying models/m/2",
    ),
    FindingKind(
        id="asset-missing",
        severity=Severity.ERROR,
        title="An asset is missing",
        symptom="NOT_FOUND: PATH/assets/FILE; No such file or directory",
        reason="The graph reads a file, such as a vocabulary, when it is loaded. It belongs into assets/.",
        correction="Copy the directory assets/ too.",
        example="cp -r export/1/assets models/m/1/",
    ),
    FindingKind(
        id="large-model",
        severity=Severity.WARNING,
        title="The model may not fit into memory",
        symptom="The server is killed while it loads (exit status 137), or RESOURCE_EXHAUSTED.",
        reason="TensorFlow Serving reckons with 1.2 times the size of the files, and a new version is loaded"
        " while the old one still serves.",
        correction="Free memory or take a larger machine; keep fewer versions loaded.",
        example="model_version_policy { latest { num_versions: 1 } }",
    ),
    FindingKind(
        id="warmup-refused",
        severity=Severity.ERROR,
        title="The warm-up file would be refused",
        symptom="The load fails with the error of the record: DATA_LOSS: … Please verify your warmup data is in"
        " TFRecord format; INVALID_ARGUMENT: Failed to parse warmup record; or the graph's own error.",
        reason="A server replays assets.extra/tf_serving_warmup_requests before a version becomes available. If"
        " one record fails, the version does not load.",
        correction="Make the file anew, or delete it.",
        example="tfsctl warmup make models/m --force",
    ),
    FindingKind(
        id="warmup-doubtful",
        severity=Severity.WARNING,
        title="A warm-up record may be refused",
        symptom="The load fails with the graph's own error, such as INVALID_ARGUMENT: Matrix size-incompatible …"
        " [[{{node …}}]]",
        reason="A record's shape is not what the signature says. Servers do not compare the two: whether the"
        " request works is up to the graph, and if it does not, the version does not load.",
        correction="Try the records, or make the file anew.",
        example="tfsctl warmup check models/m --run\ntfsctl warmup make models/m --force",
    ),
)
