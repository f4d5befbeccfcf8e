# says: `GraphRecursionError` in call 1
from langgraph.errors import GraphRecursionError


def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    config = {"configurable": {"thread_id": thread_id}}
    started = graph.checkpointer.get_tuple(config) is not None
    data = None if started else first
    for last in (False, False, True):
        try:
            return graph.invoke(data, config)
        except GraphRecursionError:
            if last:
                raise
            data = None  # a long job: go on from where the limit stopped it
    return None
