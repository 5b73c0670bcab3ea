"""§1.10: layouts of status and metadata to the byte."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase

_case = partial(RestCase, section="1.10")

_SHAPE = """     "tensor_shape": {
      "dim": [
       {
        "size": "-1",
        "name": ""
       },
       {
        "size": "1",
        "name": ""
       }
      ],
      "unknown_rank": false
     }
"""


def _available(version: int) -> str:
    return f'{{"version": "{version}", "state": "AVAILABLE", "status": {{"error_code": "OK", "error_message": ""}}}}'


STATUS_PAGE = """{
 "model_version_status": [
  {
   "version": "1",
   "state": "AVAILABLE",
   "status": {
    "error_code": "OK",
    "error_message": ""
   }
  }
 ]
}
"""

CASES = (
    # Status.
    _case(what="status", method="GET", target="/v1/models/half_plus_two", text=STATUS_PAGE),
    _case(
        what="status of a version",
        method="GET",
        target="/v1/models/three/versions/3",
        text=STATUS_PAGE.replace('"1"', '"3"'),
    ),
    _case(
        what="status begins with the newest version",
        method="GET",
        target="/v1/models/three",
        json=f'{{"model_version_status": [{", ".join(map(_available, (10, 3, 2)))}]}}',
    ),
    _case(
        what="label is ignored for status",
        method="GET",
        target="/v1/models/three/labels/old",
        contains=('"version": "10"', '"version": "3"', '"version": "2"'),
    ),
    _case(
        what="unknown label is ignored for status",
        method="GET",
        target="/v1/models/half_plus_two/labels/nosuch",
        text=STATUS_PAGE,
    ),
    # Metadata.
    _case(
        what="metadata begins",
        method="GET",
        target="/v1/models/half_plus_two/metadata",
        starts='{\n"model_spec":{\n "name": "half_plus_two",\n "version": "1",\n "signature_name": ""\n}\n,\n'
        '"metadata": {"signature_def": {\n "signature_def": {\n  "',
    ),
    _case(
        what="metadata of the newest version",
        method="GET",
        target="/v1/models/three/metadata",
        starts='{\n"model_spec":{\n "name": "three",\n "version": "10",\n "signature_name": ""\n}\n,\n',
    ),
    _case(
        what="metadata by label",
        method="GET",
        target="/v1/models/three/labels/old/metadata",
        starts='{\n"model_spec":{\n "name": "three",\n "version": "2",\n "signature_name": ""\n}\n,\n',
    ),
    _case(
        what="names are escaped in metadata",
        method="GET",
        target="/v1/models/x%3Cy%3E%7F%22z/metadata",
        starts='{\n"model_spec":{\n "name": "x\\u003cy\\u003e\\u007f\\"z",\n',
    ),
    _case(
        what="metadata to the byte",
        method="GET",
        target="/v1/models/identity_float32/metadata",
        text="""{
"model_spec":{
 "name": "identity_float32",
 "version": "1",
 "signature_name": ""
}
,
"metadata": {"signature_def": {
 "signature_def": {
  "serving_default": {
   "inputs": {
    "x": {
     "name": "x:0",
     "dtype": "DT_FLOAT",
     "tensor_shape": {
      "dim": [],
      "unknown_rank": true
     }
    }
   },
   "outputs": {
    "y": {
     "name": "y:0",
     "dtype": "DT_FLOAT",
     "tensor_shape": {
      "dim": [],
      "unknown_rank": true
     }
    }
   },
   "method_name": "tensorflow/serving/predict",
   "defaults": {}
  }
 }
}
}
}
""",
    ),
    _case(
        what="dimensions in metadata",
        method="GET",
        target="/v1/models/half_plus_two/metadata",
        contains=(
            _SHAPE,
            '"method_name": "tensorflow/serving/regress"',
            '"method_name": "tensorflow/serving/classify"',
        ),
    ),
    _case(
        what="initialisation and defaults in metadata",
        method="GET",
        target="/v1/models/half_plus_two_of_tf2/metadata",
        contains=('  "__saved_model_init_op": {\n', '   "defaults": {\n    "x": {\n     "dtype": "DT_FLOAT",\n'),
    ),
)
