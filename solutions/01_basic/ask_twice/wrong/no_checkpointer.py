# says: forgot the first call
def ask_twice(builder, saver, thread_id, first, second):
    graph = builder.compile()
    thread = {"configurable": {"thread_id": thread_id}}
    graph.invoke(first, thread)
    return graph.invoke(second, thread)
