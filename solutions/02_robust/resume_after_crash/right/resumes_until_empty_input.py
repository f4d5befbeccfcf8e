from langgraph.errors import EmptyInputError


def run_to_end(graph, thread_id, first):
    """Go on; LangGraph says when there is nothing to go on from, and runs nothing where all is done."""
    config = {"configurable": {"thread_id": thread_id}}
    try:
        return graph.invoke(None, config)
    except EmptyInputError:
        if graph.checkpointer.get_tuple(config):  # a node's own error
            raise
        return graph.invoke(first, config)
