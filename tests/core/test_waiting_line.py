from __future__ import annotations

from tfsctl.core.waiting_line import WaitingLine


def test_waiting_line_lets_out_no_more_than_its_limit_in_order() -> None:
    line: WaitingLine[str] = WaitingLine(2)
    for name in "abc":
        line.push(name)

    assert [line.pop(), line.pop(), line.pop()] == ["a", "b", None]
    line.come_back()
    assert line.pop() == "c"


def test_waiting_line_without_one_who_withdrew_goes_on_with_the_next() -> None:
    line: WaitingLine[str] = WaitingLine(1)
    for name in "ab":
        line.push(name)

    line.withdraw("a")
    line.withdraw("not there")

    assert line.pop() == "b"


def test_waiting_line_is_idle_when_all_have_come_back() -> None:
    line: WaitingLine[str] = WaitingLine(1)

    found = [line.is_idle]
    for step in (lambda: line.push("a"), line.pop, line.come_back):
        step()
        found.append(line.is_idle)

    assert found == [True, False, False, True]


def test_waiting_line_with_a_raised_limit_lets_out_more() -> None:
    line: WaitingLine[str] = WaitingLine(1)
    for name in "ab":
        line.push(name)
    line.pop()

    line.max_num_running = 2

    assert line.pop() == "b"
