"""Objectives as JUnit XML, which CI servers show as tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tfsctl.bench.report.lines import level_name

if TYPE_CHECKING:
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.objectives.slo import Judgement
    from tfsctl.bench.report.report import BenchReport

# What XML 1.0 cannot hold in any form (§2.2), and an error message from a server may.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedReport:
    """A report with what its objectives came to; `name` tells the sides of a comparison apart."""

    report: BenchReport
    judgements: Sequence[Judgement] = ()
    name: str = ""


def junit_xml(judged: Sequence[JudgedReport]) -> str:
    """A test suite for each report: a test for each objective at each level, and one that any call was answered."""
    root = ET.Element("testsuites", name="tfsctl bench")
    for one in judged:
        root.append(_suite(one))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(judged: JudgedReport) -> ET.Element:
    report = judged.report
    cases = [_answered_case(report, result) for result in report.levels]
    cases += [_objective_case(report, judgement) for judgement in judged.judgements]
    failures = sum(case.find("failure") is not None for case in cases)
    suite = ET.Element(
        "testsuite",
        {
            "name": _clean(f"tfsctl bench {report.model}" + (f" {judged.name}" if judged.name else "")),
            "tests": str(len(cases)),
            "failures": str(failures),
            "errors": "0",
            "skipped": "0",
            "time": f"{sum(result.seconds for result in report.levels):.3f}",
            "timestamp": report.environment.started.rstrip("Z"),
            "hostname": _clean(report.environment.machine),
        },
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(report).items():
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = _clean(report.summary())
    return suite


def _properties(report: BenchReport) -> dict[str, str]:
    latencies = {f"latency_{name}_ms": value for name, value in report.latency_ms.items() if value is not None}
    return {
        "server": report.server,
        "protocol": report.protocol,
        "command": report.environment.command,
        "throughput": f"{report.throughput:.3f}",
        "error_rate": f"{report.error_rate:.6g}",
        **{name: f"{value:.4f}" for name, value in latencies.items()},
    }


def _answered_case(report: BenchReport, result: LevelResult) -> ET.Element:
    case = _case(report, f"calls are answered ({level_name(result.level)})", result.seconds)
    if result.num_failed == result.num_requests:
        _fail(case, f"no call was answered: {result.first_failure or 'none was sent'}", "no answer")
    return case


def _objective_case(report: BenchReport, judgement: Judgement) -> ET.Element:
    case = _case(report, f"{judgement.objective.text} ({level_name(judgement.level)})", 0.0)
    if not judgement.is_met:
        _fail(case, judgement.line, "missed")
    return case


def _case(report: BenchReport, name: str, seconds: float) -> ET.Element:
    attributes = {"classname": _clean(f"tfsctl.bench.{report.model}"), "name": _clean(name), "time": f"{seconds:.3f}"}
    return ET.Element("testcase", attributes)


def _fail(case: ET.Element, message: str, kind: str) -> None:
    failure = ET.SubElement(case, "failure", message=_clean(message), type=kind)
    failure.text = _clean(message)


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
