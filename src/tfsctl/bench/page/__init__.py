"""A report to look at: one HTML page with charts, without scripts and without the network."""

from __future__ import annotations

from tfsctl.bench.page.page import comparison_page, report_page

__all__ = ["comparison_page", "report_page"]
