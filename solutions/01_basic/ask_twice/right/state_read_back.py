def ask_twice(builder, saver, thread_id, first, second):
    graph = builder.compile(checkpointer=saver)
    thread = {"configurable": {"thread_id": thread_id}}
    for given in (first, second):
        for _ in graph.stream(given, thread):
            pass
    return graph.get_state(thread).values
