"""Mistakes in the graph of a SavedModel."""

from __future__ import annotations

from tfsctl.check.finding import FindingKind, Severity

KINDS = (
    FindingKind(
        id="tags-not-found",
        severity=Severity.ERROR,
        title="No graph has the tags that the server asks for",
        symptom="NOT_FOUND: Could not find meta graph def matching supplied tags: { serve }. To inspect available"
        " tag-sets in the SavedModel, please use the SavedModel CLI: `saved_model_cli`",
        reason="A SavedModel may hold several graphs, told apart by tags; a server loads the one whose tags are"
        " exactly `serve`, unless --saved_model_tags says otherwise.",
        correction="Give the server the tags that are there.",
        example="tfsctl serve models/m --saved-model-tags serve,gpu",
    ),
    FindingKind(
        id="no-signatures",
        severity=Severity.ERROR,
        title="The model has no signatures",
        symptom='INVALID_ARGUMENT: Serving signature name: "serving_default" not found in signature def',
        reason="Clients call signatures. The version becomes AVAILABLE, and every request is refused. That is"
        " what tf.saved_model.save(module, path) writes for a module without signatures.",
        correction="Export it with a signature.",
        example="tf.saved_model.save(module, 'models/m/1', signatures=module.f)\n"
        "tfsctl export my_code:module    # does that",
    ),
    FindingKind(
        id="no-serving-default",
        severity=Severity.WARNING,
        title="No signature is named serving_default",
        symptom='INVALID_ARGUMENT: Serving signature name: "serving_default" not found in signature def',
        reason="serving_default is what a request means that names no signature.",
        correction="Name the signature in each request, or export it as serving_default.",
        example="tfsctl predict m '[1.0]' --signature-name predict_images\n"
        'curl … -d \'{"signature_name": "predict_images", "instances": [1.0]}\'',
    ),
    FindingKind(
        id="missing-op",
        severity=Severity.ERROR,
        title="The graph has an operation that this TensorFlow does not know",
        symptom="NOT_FOUND: Op type not registered 'NAME' in binary running on HOST. Make sure the Op and Kernel"
        " are registered in the binary running in this process.",
        reason="The operation comes from a library that registers its own, such as TensorFlow Text, or from a"
        " newer TensorFlow. The version does not load. Operations inside functions count too.",
        correction="Export the model without that part (do it in the client, or with TensorFlow's own operations),"
        " or use a server that has the operation. The official image has those of TensorFlow Text and"
        " Decision Forests.",
        example="docker run -p 127.0.0.1:8501:8501 -v $PWD/models/m:/models/m -e MODEL_NAME=m tensorflow/serving",
    ),
    FindingKind(
        id="op-without-kernel",
        severity=Severity.ERROR,
        title="An operation cannot run on a CPU",
        symptom="The version becomes AVAILABLE; the first request fails with INVALID_ARGUMENT: No OpKernel was"
        " registered to support Op 'NAME' used by {{node …}}",
        reason="TensorFlow knows the operation, but has code for it only on other devices (GPU, TPU), or only"
        " inside Python, as for tf.py_function.",
        correction="Export the model for CPUs; replace tf.py_function and tf.numpy_function by TensorFlow's own"
        " operations.",
        example="tf.py_function(lambda x: x + 1, [x], tf.float32)    # wrong\n"
        "x + 1                                               # right",
    ),
    FindingKind(
        id="op-touches-files",
        severity=Severity.SECURITY,
        title="The model can read or write files",
        symptom="Nothing: the model is served, and does it with the rights of the server.",
        reason="A SavedModel is a program. Operations such as ReadFile and WriteFile give whoever made the"
        " model, and often whoever sends requests, access to the server's files.",
        correction="Serve it only if you trust where it comes from. Run the server with few rights: as a user of its"
        " own, with models mounted read-only.",
        example="docker run --read-only --user 1000 -v $PWD/models/m:/models/m:ro …",
    ),
    FindingKind(
        id="op-runs-code",
        severity=Severity.SECURITY,
        title="The model can run code or call other machines",
        symptom="Nothing, or the first request fails because the server has no Python.",
        reason="Operations such as PyFunc, RemoteCall or RpcCall leave the graph: they call into the process"
        " that serves, or into other machines.",
        correction="Serve it only if you trust where it comes from; better, export it without them.",
        example="tfsctl inspect models/m/1 --json    # lists the operations",
    ),
    FindingKind(
        id="variable-not-saved",
        severity=Severity.ERROR,
        title="A signature uses a variable that was not saved",
        symptom="The version becomes AVAILABLE; requests fail with FAILED_PRECONDITION: Could not find variable"
        " NAME. This could mean that the variable has been deleted.",
        reason="The graph restores other variables than the ones this signature reads. Keras 3 does that: after"
        " a plain tf.saved_model.save of a Keras model, or of a tf.Module with Keras layers in it, the"
        " file has copies of the variables, and the signature goes on using the originals.",
        correction="Use model.export of Keras, or tfsctl export, which both save the variables that are used.",
        example="tf.saved_model.save(model, 'models/m/1')    # wrong for Keras 3\n"
        "model.export('models/m/1')                  # right\n"
        "tfsctl export my_code:model                 # right",
    ),
    FindingKind(
        id="newer-tensorflow",
        severity=Severity.WARNING,
        title="The model was made by a newer TensorFlow than the server has",
        symptom="Often nothing. Else NOT_FOUND: Op type not registered …; or INVALID_ARGUMENT: NodeDef mentions"
        " attr 'NAME' not in Op<…> … Check whether your GraphDef-interpreting binary is up to date.",
        reason="An older TensorFlow does not know the operations and attributes that came later.",
        correction="Use a server of that version or a newer one, or export with the server's version.",
        example="docker run … tensorflow/serving:2.19.0",
    ),
)
