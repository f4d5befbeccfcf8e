# says: return what the second `invoke` returns
def ask_twice(builder, saver, thread_id, first, second):
    graph = builder.compile(checkpointer=saver)
    thread = {"configurable": {"thread_id": thread_id}}
    state = graph.invoke(first, thread)
    graph.invoke(second, thread)
    return state
