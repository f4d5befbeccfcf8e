from langgraph.errors import EmptyInputError


def run_to_end(graph, thread_id, first):
    """Go on; LangGraph says when there is nothing to go on from, and runs nothing where all is done."""
    config = {"configurable": {"thread_id": thread_id}}
    try:
        return graph.invoke(None, config)
    except EmptyInputError:
        return graph.invoke(first, config)
