"""Version labels in the text of a model config file, changed where they stand: the rest keeps its form and comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import text_format

from tfsctl.client.model_config_text import parse_model_config
from tfsctl.errors import FailedPreconditionError, NotFoundError
from tfsctl.protos import ModelServerConfig
from tfsctl.text_proto_scan import TextField, scan_fields

_LABELS = "version_labels"
_STEP = "  "


@dataclass(frozen=True, slots=True)
class EditedConfig:
    """A configuration with other labels.

    Attributes:
        text: It, in text form.
        config: The ModelServerConfig that `text` is.
        original: The text from which it was made.
    """

    text: str
    config: Any
    original: str

    def labels(self, model: str) -> dict[str, int]:
        """The labels of a model, by name."""
        return labels_of(self.config, model)


def labels_of(config: Any, model: str) -> dict[str, int]:
    """The labels of `model` in a ModelServerConfig, by name; NotFoundError where it does not list the model."""
    return dict(sorted(_model(config, model)[1].version_labels.items()))


def edit_labels(
    text: str, model: str, *, assign: Mapping[str, int], drop: Sequence[str], source: str, rewrite: bool = False
) -> EditedConfig:
    """The configuration in `text` with labels of `model` given and taken away.

    Only the entries that change are touched, so that comments and layout stay. Where that cannot be done, as in lists
    in square brackets, `rewrite` prints the whole configuration anew, without comments.

    Raises:
        UsageError: `text` is no ModelServerConfig; `source` says where it is from.
        NotFoundError: it does not list the model, or a label to drop is not there.
        FailedPreconditionError: the text cannot be changed in place, and not `rewrite`.
    """
    config = parse_model_config(text, source=source)
    index, found = _model(config, model, source=source)
    for label in drop:
        if label not in found.version_labels:
            raise NotFoundError(f"Model {model} has no version label {label} in {source}.")
        del found.version_labels[label]
    for label, version in assign.items():
        found.version_labels[label] = version
    edited = _edit_in_place(text, index, assign, drop)
    if edited is not None and _parse(edited) == config:
        return EditedConfig(edited, config, text)
    if not rewrite:
        raise FailedPreconditionError(
            f"The labels of {model} are written in a way in {source} that cannot be changed in place.",
            hint="--rewrite writes the whole file anew, without its comments.",
        )
    return EditedConfig(text_format.MessageToString(config, as_utf8=True), config, text)


def _model(config: Any, name: str, *, source: str = "the configuration") -> tuple[int, Any]:
    """The place of a model in the list, and the model."""
    models = config.model_config_list.config
    for index, model in enumerate(models):
        if model.name == name:
            return index, model
    names = ", ".join(model.name for model in models) or "none"
    raise NotFoundError(f"{source} has no model {name}.", hint=f"It has: {names}.")


def _parse(text: str) -> Any:
    try:
        return text_format.Parse(text, ModelServerConfig())
    except text_format.ParseError:
        return None


def _new_model(name: str = "") -> Any:
    return ModelServerConfig().model_config_list.config.add(name=name)


def _edit_in_place(text: str, index: int, assign: Mapping[str, int], drop: Sequence[str]) -> str | None:
    """The changed text; None where the place cannot be found. Whether it says the right thing is to be checked."""
    models = list(_models(scan_fields(text)))
    if index >= len(models) or models[index].is_listed:
        return None
    model = models[index]
    entries = [_Entry.read(text, field) for field in model.fields if field.name == _LABELS and field.is_message]
    changes = _Changes(text)
    for entry in entries:
        if entry.label in drop:
            changes.remove(entry.field)
        elif entry.label in assign and entry.version is not None:
            changes.replace(entry.version, str(assign[entry.label]))
    present = {entry.label for entry in entries}
    for label, version in assign.items():
        if label not in present:
            changes.add(model, [entry.field for entry in entries if entry.label not in drop], label, version)
    return changes.applied()


def _models(fields: Sequence[TextField]) -> Iterator[TextField]:
    for outer in fields:
        if outer.name == "model_config_list":
            yield from (field for field in outer.fields if field.name == "config" and field.is_message)


@dataclass(slots=True)
class _Entry:
    """One `version_labels { key: … value: … }`, and the field that says the version."""

    field: TextField
    label: str
    version: TextField | None

    @classmethod
    def read(cls, text: str, field: TextField) -> _Entry:
        parsed: Any = text_format.Parse(f"{_LABELS} {text[field.value_start : field.end]}", _new_model())
        versions = [inner for inner in field.fields if inner.name == "value"]
        return cls(field, next(iter(parsed.version_labels)), versions[-1] if versions else None)


class _Changes:
    """Replacements in a text, made all at once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._changes: list[tuple[int, int, str]] = []
        self._removed: list[TextField] = []

    def applied(self) -> str:
        """The text with all of them."""
        parts, done = [], 0
        for start, end, new in sorted(self._changes, key=lambda change: change[0]):
            parts += [self._text[done:start], new]
            done = end
        return "".join([*parts, self._text[done:]])

    def replace(self, field: TextField, value: str) -> None:
        """Put another value in place of a scalar's."""
        self._changes.append((field.value_start, field.end, value))

    def remove(self, field: TextField) -> None:
        """Take a field away, and the line with it if nothing else stands there."""
        self._removed.append(field)
        start, end = field.start, field.end
        after = self._text[end:].lstrip(" \t")
        if after[:1] in {",", ";"}:
            end = len(self._text) - len(after) + 1
        line_end = self._text.find("\n", end) + 1 or len(self._text)
        if not self._before(start).strip() and not self._text[end:line_end].strip():
            start, end = start - len(self._before(start)), line_end
        self._changes.append((start, end, ""))

    def add(self, model: TextField, entries: Sequence[TextField], label: str, version: int) -> None:
        """Write one more label, behind the last of those there are, or at the model's end."""
        left = [*(field for field in model.fields if field not in self._removed), *entries]
        after = left[-1] if left else None
        place = after.end if after is not None else model.value_start + 1
        if self._text[place : place + 1] in {",", ";"}:
            place += 1
        key = text_format.MessageToString(_new_model(label), as_one_line=True, as_utf8=True).removeprefix("name: ")
        if "\n" not in self._text[model.start : model.end]:
            new = f" {_LABELS} {{ key: {key} value: {version} }}"
        else:
            is_long = not entries or "\n" in self._text[entries[-1].start : entries[-1].end]
            new = self._lines(after, key, version, is_long=is_long)
            place = self._line_end(place)
        self._changes.append((place, place, new))

    def _lines(self, after: TextField | None, key: str, version: int, *, is_long: bool) -> str:
        indent = self._before(after.start) if after is not None else _STEP * 2
        indent = indent[: len(indent) - len(indent.lstrip())]
        if not is_long:
            return f"{self._newline}{indent}{_LABELS} {{ key: {key} value: {version} }}"
        inner = [f"{_LABELS} {{", f"{_STEP}key: {key}", f"{_STEP}value: {version}", "}"]
        return "".join(f"{self._newline}{indent}{line}" for line in inner)

    def _before(self, place: int) -> str:
        """What stands before a place on its line."""
        return self._text[self._text.rfind("\n", 0, place) + 1 : place]

    def _line_end(self, place: int) -> int:
        """The end of a place's line where only a comment follows, the place itself otherwise."""
        end = self._text.find("\n", place)
        end = len(self._text) if end < 0 else end
        rest = self._text[place:end].strip()
        if rest and not rest.startswith("#"):
            return place
        return end - 1 if self._text[end - 1 : end] == "\r" else end
