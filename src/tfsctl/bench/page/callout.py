"""What must not be overlooked."""

from __future__ import annotations

from tfsctl.bench.page.markup import Content, Markup, element


def callout(title: str, *content: Content) -> Markup:
    """A framed remark. Its sign and title say what its colour does."""
    sign = element("span", "▲", class_="sign", aria_hidden="true")
    return element("aside", element("p", sign, element("strong", f"{title}. "), *content), class_="callout")
