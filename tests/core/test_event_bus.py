from __future__ import annotations

import pytest

from tfsctl.core import EventBus, Subscription


def test_event_bus_calls_subscribers_in_order_of_subscription() -> None:
    bus: EventBus[int] = EventBus()
    heard: list[tuple[str, int]] = []
    bus.subscribe(lambda event: heard.append(("first", event)))
    bus.subscribe(lambda event: heard.append(("second", event)))

    bus.publish(1)
    bus.publish(2)

    assert heard == [("first", 1), ("second", 1), ("first", 2), ("second", 2)]


def test_event_bus_after_close_calls_only_the_others() -> None:
    bus: EventBus[int] = EventBus()
    closed: list[int] = []
    kept: list[int] = []
    subscription = bus.subscribe(closed.append)
    bus.subscribe(kept.append)

    subscription.close()
    subscription.close()
    bus.publish(1)

    assert (closed, kept) == ([], [1])


def test_event_bus_with_the_same_callback_twice_closes_one(caplog: pytest.LogCaptureFixture) -> None:
    bus: EventBus[int] = EventBus()
    heard: list[int] = []
    first = bus.subscribe(heard.append)
    bus.subscribe(heard.append)

    first.close()
    bus.publish(1)

    assert heard == [1]


def test_event_bus_when_a_subscriber_raises_logs_it_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    bus: EventBus[int] = EventBus()
    heard: list[int] = []

    def fail(event: int) -> None:
        raise ValueError(f"no {event} for me")

    bus.subscribe(fail)
    bus.subscribe(heard.append)
    bus.publish(7)

    assert heard == [7]
    assert "no 7 for me" in caplog.text


def test_event_bus_lets_a_callback_publish_and_close_itself() -> None:
    bus: EventBus[int] = EventBus()
    heard: list[int] = []
    subscriptions: list[Subscription] = []

    def count_down(event: int) -> None:
        heard.append(event)
        if event == 0:
            subscriptions[0].close()
        else:
            bus.publish(event - 1)

    subscriptions.append(bus.subscribe(count_down))
    bus.publish(2)
    bus.publish(9)

    assert heard == [2, 1, 0]
