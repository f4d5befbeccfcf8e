def ask_twice(builder, saver, thread_id, first, second):
    state = None
    for given in (first, second):
        graph = builder.compile(checkpointer=saver).with_config(configurable={"thread_id": thread_id})
        state = graph.invoke(given)
    return state
