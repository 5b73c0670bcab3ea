"""Does a server answer as the SavedModel on disk does? The same inputs go through both, and answers are compared.

    with connect(protocol="grpc") as client:
        verifier = Verifier(load_model(path), {"grpc": client}, ModelSpec("mnist", version=1))
        report = verifier.run(made_up_cases(signature, 10))
    assert report.is_agreed

Importing this package loads neither TensorFlow nor numpy.
"""

from __future__ import annotations

from tfsctl.verify.case import Case, case_of_body, cases_of_log, made_up_cases
from tfsctl.verify.report import Disagreement, OutputReport, VerifyReport
from tfsctl.verify.verifier import Verifier

__all__ = [
    "Case",
    "Disagreement",
    "OutputReport",
    "Verifier",
    "VerifyReport",
    "case_of_body",
    "cases_of_log",
    "made_up_cases",
]
