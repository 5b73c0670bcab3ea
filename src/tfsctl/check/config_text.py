"""The text of a model config file: where its models and their fields stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tfsctl.check.finding import Edit
from tfsctl.text_proto_scan import TextField, scan_fields

Position = tuple[int, int]


class ConfigText:
    """A config file that protobuf's parser has taken."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._text = text
        self._blocks = [
            block
            for top in scan_fields(text)
            if top.name == "model_config_list"
            for block in top.fields
            if block.name == "config"
        ]

    def position(self, model: int, *names: str, number: int = 0) -> Position:
        """Where a field of the model stands, the `number`th of that name; where there is none, where the model does."""
        fields = self._fields(model, names)
        if len(fields) > number:
            return position_at(self._text, fields[number].start)
        return position_at(self._text, self._blocks[model].start) if model < len(self._blocks) else (1, 1)

    def replace(self, model: int, names: Sequence[str], new: str, *, number: int = 0) -> Iterator[Edit]:
        """The edit that gives a field of the model another value, if it is there."""
        fields = self._fields(model, names)
        if len(fields) > number:
            field = fields[number]
            old = self._text[field.value_start : field.end]
            yield Edit(self.path, *position_at(self._text, field.value_start), old, new)

    def insert(self, model: int, new: str) -> Iterator[Edit]:
        """The edit that gives the model one more field."""
        if model < len(self._blocks):
            after_brace = self._blocks[model].value_start + 1
            yield Edit(self.path, *position_at(self._text, after_brace), "", f" {new}")

    def values(self, model: int, *names: str) -> list[str]:
        """The values of fields of the model, as they are written, without the quotes of strings."""
        return [self._text[field.value_start : field.end].strip("\"'") for field in self._fields(model, names)]

    def _fields(self, model: int, names: Sequence[str]) -> list[TextField]:
        fields = [self._blocks[model]] if model < len(self._blocks) else []
        for name in names:
            fields = [inner for field in fields for inner in field.fields if inner.name == name]
        return fields


def position_at(text: str, offset: int) -> Position:
    """Line and column, both from 1, of a place in a text."""
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


def apply_edits(edits: Sequence[Edit]) -> None:
    """Make the changes in the files they name. Those of one file must not overlap."""
    for path in {edit.path for edit in edits}:
        lines = path.read_text().split("\n")
        for edit in sorted((e for e in edits if e.path == path), key=lambda e: (e.line, e.column), reverse=True):
            text = "\n".join(lines[edit.line - 1 :])
            start = edit.column - 1
            if not text.startswith(edit.old, start):
                raise ValueError(f"{path}:{edit.line}:{edit.column} does not have {edit.old!r}")
            changed = text[:start] + edit.new + text[start + len(edit.old) :]
            lines = [*lines[: edit.line - 1], *changed.split("\n")]
        path.write_text("\n".join(lines))
