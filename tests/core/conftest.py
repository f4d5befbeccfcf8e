from pathlib import Path

import pytest

from autograder.sandbox.find_tier import find_tier
from autograder.testing.judge import Judge

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def judge():
    with Judge([DATA / "public.py", DATA / "test_hidden.py"]) as judge:
        yield judge


@pytest.fixture(scope="session")
def zygote(warm_zygotes):
    with warm_zygotes.start(tier=find_tier()) as zygote:
        yield zygote
