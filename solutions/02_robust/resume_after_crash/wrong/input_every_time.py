# says: send it only if no checkpoint has it yet
def run_to_end(graph, thread_id, first):
    # The thread remembers, so the same call goes on where it was.
    return graph.invoke(first, {"configurable": {"thread_id": thread_id}})
