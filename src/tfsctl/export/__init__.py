"""Write models as SavedModels into the layout that a server reads: `<output>/<name>/<version>`.

    report = export("half_plus_two", output=Path("models"))

Importing this package loads neither TensorFlow nor numpy.
"""

from tfsctl.export.exporter import SAMPLES, export
from tfsctl.export.report import ExportReport

__all__ = ["SAMPLES", "ExportReport", "export"]
