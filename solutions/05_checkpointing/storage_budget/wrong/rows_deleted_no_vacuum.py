# says: are free pages
def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    saver = SqliteSaver(connection)
    graph = builder.compile(checkpointer=saver)

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        if len(state["messages"]) % 40 == 0:  # tidy up from time to time: deleted rows take no room
            newest = saver.get_tuple(config).checkpoint["id"]
            for table in ("checkpoints", "writes"):
                connection.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id <> ?", (customer, newest)
                )
            connection.commit()
        return state["messages"][-1].text

    return say
