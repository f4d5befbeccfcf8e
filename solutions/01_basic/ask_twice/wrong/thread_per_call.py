# says: forgot the first call
def ask_twice(builder, saver, thread_id, first, second):
    graph = builder.compile(checkpointer=saver)
    graph.invoke(first, {"configurable": {"thread_id": f"{thread_id}-1"}})
    return graph.invoke(second, {"configurable": {"thread_id": f"{thread_id}-2"}})
