# says: after somebody else had spoken
def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        for table in ("writes", "checkpoints"):  # keep the newest checkpoint
            connection.execute(
                f"delete from {table} where checkpoint_id <> (select max(checkpoint_id) from checkpoints)"
            )
        connection.commit()
        return state["messages"][-1].text

    return say
