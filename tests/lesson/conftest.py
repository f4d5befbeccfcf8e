"""What tests of the lessons share."""

from __future__ import annotations

import pytest

from course.stage import Provider


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch):
    """The provider that lesson 02 pays, for one test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    provider = Provider()
    yield provider
    provider.shutdown()
    provider.server_close()
