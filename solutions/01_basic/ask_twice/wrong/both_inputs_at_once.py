# says: needs a call of `invoke` of its own
def ask_twice(builder, saver, thread_id, first, second):
    graph = builder.compile(checkpointer=saver)
    thread = {"configurable": {"thread_id": thread_id}}
    both = {name: first[name] + second[name] for name in first}
    return graph.invoke(both, thread)
