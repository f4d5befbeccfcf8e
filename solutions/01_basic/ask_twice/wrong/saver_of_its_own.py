# says: has nothing in it
def ask_twice(builder, saver, thread_id, first, second):
    graph = builder.compile(checkpointer=InMemorySaver())
    thread = {"configurable": {"thread_id": thread_id}}
    graph.invoke(first, thread)
    return graph.invoke(second, thread)
