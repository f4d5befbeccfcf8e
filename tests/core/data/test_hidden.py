import pytest


def name(build_graph):
    return type(build_graph()).__name__


@pytest.mark.exercise("remember", points=1)
def test_kind(submission):
    """It is a compiled graph."""
    assert submission.observe(name) == "CompiledStateGraph", "no graph"
