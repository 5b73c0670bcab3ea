"""Pages in a real Chromium, as people see them."""

from __future__ import annotations

import dataclasses
import socket
from pathlib import Path
from typing import Literal

import pytest

from bench_page import reports
from bench_page.conftest import Open
from bench_page.pages import NAMES, page, page_of
from tfsctl.bench.page import report_page
from tfsctl.bench.report.junit import JudgedReport
from tfsctl.bench.statistics.percentiles import latency_ms
from tfsctl.bench.truth import ConfusionMatrix

_CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
_HIDDEN = "!e.checkVisibility()"
_UNFOLD = "document.querySelectorAll('details').forEach(e => e.open = true)"
all_pages = pytest.mark.parametrize("name", NAMES)


@all_pages
def test_a_page_asks_for_nothing_and_complains_of_nothing(open_page: Open, name: str) -> None:
    opened = open_page(page(name))
    assert (opened.requests, opened.complaints) == ([], [])
    assert opened.text("h1")


@all_pages
def test_no_page_scrolls_sideways(open_page: Open, name: str) -> None:
    opened = open_page(page(name))
    opened.evaluate(_UNFOLD)
    for width in (320, 400, 800, 1200):
        opened.page.set_viewport_size({"width": width, "height": 800})
        assert opened.evaluate("document.documentElement.scrollWidth") <= width


@all_pages
def test_all_text_stands_out_light_and_dark(open_page: Open, name: str) -> None:
    opened = open_page(page(name))
    opened.evaluate(_UNFOLD)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        opened.page.emulate_media(color_scheme=scheme)
        found = opened.evaluate(_CONTRAST)
        assert found["count"] > 30
        assert found["faults"] == []


def test_dark_is_dark_and_light_is_light(open_page: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    assert max(open_page(page("plain"), scheme="dark").evaluate(ground)) < 40
    assert min(open_page(page("plain"), scheme="light").evaluate(ground)) > 240


def test_the_answer_is_on_the_first_screen(open_page: Open) -> None:
    opened = open_page(page("digits"))
    bottoms = opened.evaluate(
        "[...document.querySelectorAll('.answer, .tile')].map(e => e.getBoundingClientRect().bottom)"
    )
    assert len(bottoms) == 5
    assert max(bottoms) < 800


def test_the_figures_are_those_of_the_report(open_page: Open) -> None:
    report = reports.digits()
    opened = open_page(page_of(report))
    figures = latency_ms(report.best.latencies)
    assert opened.values(".tile data") == [report.throughput, figures["p50"], figures["p99"], report.error_rate]
    assert opened.values(".percentiles data") == [value for name, value in figures.items() if name != "stdev"]
    assert opened.text(".answer") == (
        "With concurrency 4 the server gave 378 answers a second. Half of the answers came within 2.42 ms, 99 of 100"
        " within 8.62 ms. 7 calls failed; 8.6% of the answers were wrong."
    )


def test_the_levels_of_a_range_are_those_of_the_report(open_page: Open) -> None:
    report = reports.saturated()
    opened = open_page(page_of(report))
    assert opened.values(".levels td:nth-child(2) data") == [result.throughput for result in report.levels]
    assert opened.values(".levels td:nth-child(4) data") == [latency_ms(r.latencies)["p99"] for r in report.levels]
    assert "Beyond concurrency 4, more load brought little but longer waiting." in opened.text(".answer")
    assert opened.page.locator(".at.wide .knee-label").text_content() == "knee: concurrency 4"


def test_the_confusion_matrix_has_all_counts(open_page: Open) -> None:
    report = reports.digits()
    opened = open_page(page_of(report))
    rows = opened.evaluate(
        "[...document.querySelectorAll('.matrix tbody tr')].map(r => [...r.querySelectorAll('td:not(.share)')]"
        ".map(c => Number(c.textContent.replace(',', ''))))"
    )
    assert report.best.confusion is not None
    assert rows == [list(row) for row in report.best.confusion.counts]


def test_misread_pictures_are_drawn_pixel_for_pixel(open_page: Open) -> None:
    opened = open_page(page_of(reports.digits()))
    drawn = opened.evaluate(
        "(() => { const image = document.querySelector('img.digit'), canvas = document.createElement('canvas');"
        " canvas.width = canvas.height = 28; const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);"
        " return [...context.getImageData(0, 0, 28, 28).data].filter((_, n) => n % 4 === 0); })()"
    )
    number = int(opened.evaluate("document.querySelector('img.digit').alt.match(/Request (\\d+)/)[1]"))
    assert bytes(drawn) == reports.picture(number).pixels


def test_a_matrix_of_many_classes_needs_no_scrolling_on_a_wide_page(open_page: Open) -> None:
    opened = open_page(page("many classes"))
    widths = opened.evaluate("(e => [e.scrollWidth, e.clientWidth])(document.querySelector('.matrix').parentElement)")
    assert widths[0] <= widths[1]


@pytest.mark.parametrize(("width", "shown"), [(400, "narrow"), (800, "medium"), (1200, "wide")])
def test_each_chart_is_there_once_at_each_width_and_has_a_name(open_page: Open, width: int, shown: str) -> None:
    opened = open_page(page("concurrencies"), width=width)
    visible = "[...document.querySelectorAll('main > section > .at, main > section figure > .at')]"
    charts = opened.evaluate(f"{visible}.filter(e => e.checkVisibility()).map(e => e.className)")
    assert len(charts) == 4
    assert all(shown in classes for classes in charts)
    names = opened.evaluate("[...document.querySelectorAll('svg[role=img]')].map(e => e.getAttribute('aria-label'))")
    assert all(names)


def test_writing_in_charts_can_be_read_at_every_width(open_page: Open) -> None:
    for width in (400, 800, 1200):
        opened = open_page(page("digits"), width=width)
        heights = opened.evaluate(
            "[...document.querySelectorAll('.at text')].filter(e => e.checkVisibility() && e.textContent)"
            ".map(e => e.getBoundingClientRect().height)"
        )
        assert min(heights) >= 11
        assert max(heights) <= 20


def test_a_missed_objective_and_a_met_one_differ_by_more_than_colour(open_page: Open) -> None:
    opened = open_page(page("digits"))
    lines = opened.evaluate("[...document.querySelectorAll('.slo li')].map(e => e.textContent)")
    assert [line[0] for line in lines] == ["✗", "✓"]
    assert "p99<2ms missed" in lines[0]


def test_the_generator_as_the_limit_is_told(open_page: Open) -> None:
    told = open_page(page("nothing answered")).text(".callout")
    assert "The generator was the limit." in told
    assert "Its processes were busy all the time." in told


def test_a_printed_page_is_light_and_complete(open_page: Open, tmp_path: Path) -> None:
    opened = open_page(page("digits"), scheme="dark")
    pdf = opened.page.pdf(format="A4", print_background=True)
    assert pdf.startswith(b"%PDF-")
    assert 2 <= pdf.count(b"/Type /Page\n") <= 5
    opened.page.emulate_media(media="print")
    assert opened.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(22, 25, 29)"


def test_a_printed_page_leaves_out_what_is_folded(open_page: Open) -> None:
    opened = open_page(page("concurrencies"))
    opened.page.emulate_media(media="print")
    assert opened.evaluate(f"[...document.querySelectorAll('details, .folds')].every(e => {_HIDDEN})")


MALICE = (
    '"><script>hacked = 1</script><img src=x onerror="hacked = 1"><style>*{display:none}</style>'
    "'&amp;\u202e</title></bdi></h1>"
)


def test_names_and_messages_from_outside_do_nothing(open_page: Open) -> None:
    report = reports.digits()
    best = dataclasses.replace(
        report.best,
        first_failure=MALICE,
        failed_calls={MALICE: 7},
        confusion=ConfusionMatrix((MALICE, "b"), ((3, 2), (1, 4))),
    )
    environment = dataclasses.replace(report.environment, command=MALICE, cpu=MALICE, versions={MALICE: MALICE})
    report = dataclasses.replace(
        report,
        levels=(best,),
        environment=environment,
        server=MALICE,
        protocol=MALICE,
        model=MALICE,
        signature_name=MALICE,
        version_label=MALICE,
        workload=MALICE,
    )
    opened = open_page(report_page(JudgedReport(report=report)))
    assert opened.text("h1") == MALICE.replace("\u202e", "\ufffd")
    assert opened.evaluate("[window.hacked, document.scripts.length]") == [None, 0]
    assert (opened.requests, opened.complaints) == ([], [])


def test_even_a_script_that_got_in_would_not_run_nor_reach_the_network(open_page: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        image = f"<img src='http://127.0.0.1:{listener.getsockname()[1]}/x.png'>"
        injected = f"<script>hacked = 1</script>{image}<style>h1{{color:red}}</style>"
        opened = open_page(page("plain").replace("</main>", f"{injected}</main>"))
        assert opened.evaluate("window.hacked") is None
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert opened.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(22, 25, 29)"
    assert all("Content Security Policy" in complaint for complaint in opened.complaints)
    assert len(opened.complaints) == 3
