# says: don't invoke the graph
def list_unfinished(graph, thread_ids):
    found = []
    for thread_id in thread_ids:
        config = {"configurable": {"thread_id": thread_id}}
        if graph.get_state(config).tasks:
            found.append(thread_id)
            try:
                graph.invoke(None, config)  # goes on with it at once
            except Exception as error:
                print(error)
    return found
