"""Tables: the figures behind the charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tfsctl.bench.page.markup import Content, Markup, element


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, class_: str = "") -> Markup:
    """A table whose first column names the rows. What is too wide for the page scrolls within its own frame."""
    head = element("tr", [element("th", name, scope="col") for name in columns])
    body = [
        element("tr", element("th", first, scope="row"), [element("td", cell) for cell in rest])
        for first, *rest in rows
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", body),
        class_=class_ or None,
    )
    return scrolling(whole, name=caption)


def scrolling(*content: Content, name: str) -> Markup:
    """A frame that scrolls sideways, with the keyboard too."""
    return element("div", *content, class_="scroll", tabindex=0, role="region", aria_label=name)


def folded(summary: str, *content: Content) -> Markup:
    """Shown when asked for; a page that is printed holds what is shown."""
    return element("details", element("summary", summary), *content)
