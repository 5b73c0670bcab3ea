"""Which class was taken for which, and the pictures that were misread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfsctl.bench.page.amount import NOTHING, count_text, percent_text, plural
from tfsctl.bench.page.markup import Markup, element, joined
from tfsctl.bench.page.picture import data_uri
from tfsctl.bench.page.table import scrolling
from tfsctl.bench.report.lines import confusions
from tfsctl.bench.truth import ConfusionMatrix, Misread

_SHADES = 6
_MOST_PICTURES = 60
_MOST_PAIRS = 8
# From so many classes on, cells are smaller and large counts are shortened.
_MANY_CLASSES = 16


def confusion_section(confusion: ConfusionMatrix, misread: Sequence[Misread]) -> Markup:
    """The matrix, in words what was confused most, and the misread pictures."""
    is_dense = len(confusion.class_names) >= _MANY_CLASSES
    return element(
        "section",
        element("h2", "Right and wrong"),
        element("p", _words(confusion), class_="finding"),
        element("div", _matrix(confusion), _pairs(confusion), class_="confusion many" if is_dense else "confusion"),
        _gallery(confusion.class_names, misread),
    )


def _words(confusion: ConfusionMatrix) -> Markup:
    total, right = sum(map(sum, confusion.counts)), sum(row[n] for n, row in enumerate(confusion.counts))
    if total == 0:
        return joined("No answer was a class.")
    words = f"{count_text(right)} of {plural(total, 'answer')} were right ({percent_text(right / total)})"
    pairs = confusions(confusion, limit=1)
    if not pairs:
        return joined(f"{words}.")
    expected, predicted, count = pairs[0]
    told = (", most often ", _named(expected), " was taken for ", _named(predicted))
    return joined(words, "; the others were wrong", *told, f" ({count_text(count)}).")


def _matrix(confusion: ConfusionMatrix) -> Markup:
    names, counts = confusion.class_names, confusion.counts
    most_wrong = max((count for _, _, count in confusions(confusion, limit=1)), default=1)
    corner = element("th", "is ↓ answered →", scope="col", class_="corner")
    head = element("tr", corner, [_name_cell(name, "col") for name in names], element("th", "right", scope="col"))
    body = [
        element(
            "tr",
            _name_cell(name, "row"),
            [_cell(confusion, expected, predicted, most_wrong) for predicted in range(len(names))],
            element("td", _share(counts[expected][expected], sum(counts[expected])), class_="share"),
        )
        for expected, name in enumerate(names)
    ]
    foot = element("tr", element("th", "right", scope="row"), [_precision(confusion, n) for n in range(len(names))])
    whole = element(
        "table",
        element("caption", "Rows: what it is. Columns: what the model answered. The diagonal is right."),
        element("thead", head),
        element("tbody", body),
        element("tfoot", foot),
        class_="matrix dense" if len(names) >= _MANY_CLASSES else "matrix",
    )
    return scrolling(whole, name="Confusion matrix")


def _name_cell(name: str, scope: str) -> Markup:
    return element("th", element("bdi", name, class_="class-name"), scope=scope, title=name)


def _cell(confusion: ConfusionMatrix, expected: int, predicted: int, most_wrong: int) -> Markup:
    """A count; darker for more: right ones beside all of their class, wrong ones beside the most frequent."""
    row, names = confusion.counts[expected], confusion.class_names
    count = row[predicted]
    if not count:
        return element("td", "0" if len(names) < _MANY_CLASSES else "", class_="zero")
    kind, part = ("right", count / sum(row)) if expected == predicted else ("wrong", count / most_wrong)
    shade = min(_SHADES, 1 + int(part * _SHADES))
    told = f"{names[expected]} answered as {names[predicted]}: {count:,}"
    return element("td", _short(count, len(names)), class_=f"{kind} shade-{shade}", title=told)


def _short(count: int, num_classes: int) -> str:
    if num_classes < _MANY_CLASSES or count < 1000:
        return count_text(count)
    return f"{count / 1000:.1f}k" if count < 10_000 else f"{count // 1000}k"


def _share(part: int, whole: int) -> str:
    return percent_text(part / whole) if whole else NOTHING


def _precision(confusion: ConfusionMatrix, predicted: int) -> Markup:
    answered = sum(row[predicted] for row in confusion.counts)
    return element("td", _share(confusion.counts[predicted][predicted], answered), class_="share")


def _pairs(confusion: ConfusionMatrix) -> Markup | None:
    """The confusions that were most frequent, as a list: readable where the matrix is too wide."""
    pairs = confusions(confusion, limit=_MOST_PAIRS)
    if not pairs:
        return None
    lines = [
        element("li", _named(expected), " → ", _named(predicted), element("span", count_text(count), class_="n"))
        for expected, predicted, count in pairs
    ]
    return element("div", element("h3", "Confused most"), element("ol", lines, class_="pairs"), class_="aside")


def _gallery(names: Sequence[str], misread: Sequence[Misread]) -> Markup | None:
    drawn = sorted((m for m in misread if m.picture is not None), key=lambda m: (m.expected, m.predicted, m.number))
    if not drawn:
        return None
    cards = list(_cards(names, drawn[:: -(-len(drawn) // _MOST_PICTURES)]))
    words = f"{plural(len(cards), 'wrong answer')}: what it is → what the model answered."
    return joined(element("h3", "Misread"), element("p", words, class_="fine"), element("ul", cards, class_="gallery"))


def _cards(names: Sequence[str], shown: Sequence[Misread]) -> Iterator[Markup]:
    for misread in shown:
        if misread.picture is None:
            continue
        expected, predicted = _name(names, misread.expected), _name(names, misread.predicted)
        told = f"Request {misread.number}: {expected}, answered as {predicted}"
        uri = data_uri(misread.picture)
        picture = element("img", src=uri, alt=told, title=told, width=56, height=56, class_="digit")
        yield element("li", picture, element("span", _named(expected), " → ", _named(predicted)))


def _name(names: Sequence[str], number: int) -> str:
    return names[number] if 0 <= number < len(names) else str(number)


def _named(name: str) -> Markup:
    return element("bdi", name, class_="class-name")
