# says: and you deleted those
def open_chat(connection, model):
    class Talk(TypedDict):
        messages: Annotated[
            list[AnyMessage],
            DeltaChannel(lambda messages, writes: [*messages, *(m for one in writes for m in one)]),
        ]

    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(Talk).add_node(reply).add_edge(START, "reply")
    saver = SqliteSaver(connection)
    graph = builder.compile(checkpointer=saver)

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        newest = saver.get_tuple(config).checkpoint["id"]  # the newest checkpoint is the state
        for table in ("checkpoints", "writes"):
            connection.execute(
                f"delete from {table} where thread_id = ? and checkpoint_id <> ?", (customer, newest)
            )
        connection.commit()
        return state["messages"][-1].text

    return say
