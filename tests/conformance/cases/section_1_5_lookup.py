"""§1.5: error texts about models, versions, labels and signatures, and in which order things are checked."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase
from conformance.cases.pages import ONE

_EXAMPLES = '{"examples": [{"x": 1.0}]}'
_HALF = "/v1/models/half_plus_two"
_EMPTY = "JSON Parse error: The document is empty"
_CUT = "JSON Parse error: Missing a comma or '}' after an object member. at offset: 19"
_NO_ONE = "Servable not found for request: Latest(nobody)"
_SIGNATURE_TYPE = (
    "JSON Value: {\n    \"signature_name\": %s\n} not formatted correctly. 'signature_name' key must be a string value."
)

_missing = partial(RestCase, section="1.5", status=404)
_bad = partial(RestCase, section="1.5", status=400)
_predict = partial(_bad, target=f"{_HALF}:predict")


def _no_label(what: str, target: str, *, method: str = "POST", body: str = ONE) -> RestCase:
    return _bad(what=what, method=method, target=target, body=body, error="Unrecognized servable version label: beta")


CASES = (
    _bad(what="malformed", method="GET", target="/v1/nothing", error="Malformed request: GET /v1/nothing"),
    _bad(
        what="missing model name", method="GET", target="/v1/models/versions/1", error="Missing model name in request."
    ),
    # Model and version.
    _missing(what="predict of an unknown model", target="/v1/models/nobody:predict", body=ONE, error=_NO_ONE),
    _missing(what="classify of an unknown model", target="/v1/models/nobody:classify", body=_EXAMPLES, error=_NO_ONE),
    _missing(what="regress of an unknown model", target="/v1/models/nobody:regress", body=_EXAMPLES, error=_NO_ONE),
    _missing(what="metadata of an unknown model", method="GET", target="/v1/models/nobody/metadata", error=_NO_ONE),
    _missing(
        what="predict of an unknown version",
        target=f"{_HALF}/versions/7:predict",
        body=ONE,
        error="Servable not found for request: Specific(half_plus_two, 7)",
    ),
    _missing(
        what="classify of an unknown version",
        target=f"{_HALF}/versions/7:classify",
        body=_EXAMPLES,
        error="Servable not found for request: Specific(half_plus_two, 7)",
    ),
    _missing(
        what="regress of an unknown version",
        target=f"{_HALF}/versions/7:regress",
        body=_EXAMPLES,
        error="Servable not found for request: Specific(half_plus_two, 7)",
    ),
    _missing(
        what="metadata of an unknown version",
        method="GET",
        target=f"{_HALF}/versions/7/metadata",
        error="Servable not found for request: Specific(half_plus_two, 7)",
    ),
    _missing(
        what="version of an unknown model",
        target="/v1/models/nobody/versions/7:predict",
        body=ONE,
        error="Servable not found for request: Specific(nobody, 7)",
    ),
    _missing(
        what="version zero",
        target=f"{_HALF}/versions/0:predict",
        body=ONE,
        error="Servable not found for request: Specific(half_plus_two, 0)",
    ),
    _no_label("predict by an unknown label", f"{_HALF}/labels/beta:predict"),
    _no_label("classify by an unknown label", f"{_HALF}/labels/beta:classify", body=_EXAMPLES),
    _no_label("regress by an unknown label", f"{_HALF}/labels/beta:regress", body=_EXAMPLES),
    _no_label("metadata by an unknown label", f"{_HALF}/labels/beta/metadata", method="GET", body=""),
    _no_label("unknown label of an unknown model", "/v1/models/nobody/labels/beta:predict"),
    # Status.
    _missing(
        what="status of an unknown version",
        method="GET",
        target=f"{_HALF}/versions/7",
        error="Could not find version 7 of model half_plus_two",
    ),
    _missing(
        what="status of an unknown model",
        method="GET",
        target="/v1/models/nobody",
        error="Could not find any versions of model nobody",
    ),
    _missing(
        what="status of a version of an unknown model",
        method="GET",
        target="/v1/models/nobody/versions/7",
        error="Could not find version 7 of model nobody",
    ),
    # The body as a whole.
    _predict(what="predict without a body", error=_EMPTY),
    _bad(what="classify without a body", target=f"{_HALF}:classify", error=_EMPTY),
    _bad(what="regress without a body", target=f"{_HALF}:regress", error=_EMPTY),
    _predict(what="bad json", body='{"instances": [1,2]', error=_CUT),
    _bad(what="bad json to classify", target=f"{_HALF}:classify", body='{"instances": [1,2]', error=_CUT),
    _bad(what="bad json to regress", target=f"{_HALF}:regress", body='{"instances": [1,2]', error=_CUT),
    _predict(what="root is a list", body="[1, 2]", error="JSON Value: [1, 2] Is not object"),
    _predict(what="root is an empty list", body="[]", error="JSON Value: [] Is not object"),
    _predict(what="root is a number", body="5", error="JSON Value: 5 Is not object"),
    _predict(what="root is a string", body='"a"', error='JSON Value: "a" Is not object'),
    _predict(what="root is null", body="null", error="JSON Value: null Is not object"),
    _predict(what="root is true", body="true", error="JSON Value: true Is not object"),
    _bad(
        what="root of classify is a list", target=f"{_HALF}:classify", body="[]", error="JSON Value: [] Is not object"
    ),
    # The name of the signature.
    _predict(what="signature name is a number", body='{"signature_name": 5}', error=_SIGNATURE_TYPE % "5"),
    _predict(what="signature name is null", body='{"signature_name": null}', error=_SIGNATURE_TYPE % "null"),
    _predict(what="signature name is a list", body='{"signature_name": ["a"]}', error=_SIGNATURE_TYPE % '["a"]'),
    _bad(
        what="signature name of classify is a number",
        target=f"{_HALF}:classify",
        body='{"signature_name": 5}',
        error=_SIGNATURE_TYPE % "5",
    ),
    _bad(
        what="signature name of regress is true",
        target=f"{_HALF}:regress",
        body='{"signature_name": true}',
        error=_SIGNATURE_TYPE % "true",
    ),
    _predict(
        what="unknown signature",
        body='{"signature_name": "nosuch", "instances": [1.0]}',
        error='Serving signature name: "nosuch" not found in signature def',
    ),
    _bad(
        what="no default signature",
        target="/v1/models/counter:predict",
        body=ONE,
        error='Serving signature name: "serving_default" not found in signature def',
    ),
    _bad(
        what="signature without inputs",
        target="/v1/models/counter:predict",
        body='{"signature_name": "get_counter", "inputs": {}}',
        error="Failed to get input map for signature: get_counter",
    ),
    _bad(
        what="default signature without inputs",
        target="/v1/models/without_inputs:predict",
        body='{"inputs": {}}',
        error="Failed to get input map for signature: DEFAULT",
    ),
    _bad(
        what="default signature without inputs, by name",
        target="/v1/models/without_inputs:predict",
        body='{"signature_name": "serving_default", "inputs": {}}',
        error="Failed to get input map for signature: serving_default",
    ),
    _bad(
        what="initialisation of a tf2 model",
        target="/v1/models/half_plus_two_tf2:predict",
        body='{"signature_name": "__saved_model_init_op", "inputs": {}}',
        error="Failed to get input map for signature: __saved_model_init_op",
    ),
    # The order of checks: parse, root, signature name, model, signature, inputs of the signature, keys.
    _bad(
        what="bad json before the model",
        target="/v1/models/nobody:predict",
        body="{",
        error="JSON Parse error: Missing a name for object member. at offset: 1",
    ),
    _bad(
        what="root before the model",
        target="/v1/models/nobody:predict",
        body="[]",
        error="JSON Value: [] Is not object",
    ),
    _bad(
        what="signature name before the model",
        target="/v1/models/nobody:predict",
        body='{"signature_name": 5}',
        error=_SIGNATURE_TYPE % "5",
    ),
    _missing(what="model before the keys", target="/v1/models/nobody:predict", body="{}", error=_NO_ONE),
    _no_label("label before the keys", f"{_HALF}/labels/beta:predict", body="{}"),
    _missing(
        what="model before the signature",
        target="/v1/models/nobody:predict",
        body='{"signature_name": "nosuch"}',
        error=_NO_ONE,
    ),
    _predict(
        what="signature before the keys",
        body='{"signature_name": "nosuch"}',
        error='Serving signature name: "nosuch" not found in signature def',
    ),
    _bad(
        what="inputs of the signature before the keys",
        target="/v1/models/counter:predict",
        body='{"signature_name": "get_counter"}',
        error="Failed to get input map for signature: get_counter",
    ),
    _bad(
        what="classify looks at the body before the model",
        target="/v1/models/nobody:classify",
        body="{}",
        error="JSON Value: {} When method is classify, key 'examples' is expected and was not found",
    ),
    _bad(
        what="regress looks at the body before the model",
        target="/v1/models/nobody:regress",
        body='{"examples": []}',
        error="JSON Value: {\n    \"examples\": []\n} 'examples' value is an empty array",
    ),
)
