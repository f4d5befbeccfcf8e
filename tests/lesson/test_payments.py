"""The provider that lesson 02 takes from `course.stage`."""

from __future__ import annotations

import httpx
import pytest

from course.stage import Provider


def test_it_answers_by_plan_and_keeps_both_books(provider: Provider):
    provider.plan(charge=[503, "reset", "lost"])
    assert httpx.post(f"{provider.url}/charge").status_code == 503
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{provider.url}/charge")
    assert httpx.post(f"{provider.url}/mail").text == "ten bytes."
    assert provider.asked == ["charge"] * 3 + ["mail"]
    assert provider.done == ["charge", "mail"]


def test_a_key_that_was_seen_is_served_once(provider: Provider):
    for key in ("a", "b", "a"):
        assert httpx.post(f"{provider.url}/charge", headers={"Idempotency-Key": key}).is_success
    assert len(provider.asked) == 3
    assert len(provider.done) == 2


def test_a_caller_that_hears_nothing_can_give_up(provider: Provider):
    provider.plan(quote=["hang"])
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{provider.url}/quote", timeout=0.05)
    assert provider.done == []
