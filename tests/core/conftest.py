from pathlib import Path

import pytest

from autograder.judge import Judge
from autograder.worker import Zygote

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def judge():
    with Judge([DATA / "public.py", DATA / "test_hidden.py"]) as judge:
        yield judge


@pytest.fixture(scope="session")
def zygote():
    with Zygote() as zygote:
        yield zygote
