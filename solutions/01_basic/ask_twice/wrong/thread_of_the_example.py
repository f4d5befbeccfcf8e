# says: has nothing in it
def ask_twice(builder, saver, thread_id, first, second):
    graph = builder.compile(checkpointer=saver)
    thread = {"configurable": {"thread_id": "ada"}}
    graph.invoke(first, thread)
    return graph.invoke(second, thread)
