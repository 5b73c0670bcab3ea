"""Sphinx configuration."""

from importlib.metadata import version as _version

project = "tfsctl"
author = "the tfsctl developers"
release = _version("tfsctl")
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"tfsctl {release}"
exclude_patterns = ["_build"]
