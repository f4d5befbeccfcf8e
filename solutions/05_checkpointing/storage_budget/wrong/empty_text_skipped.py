# says: wasn't called
def open_chat(connection, model):
    """The whole list in each checkpoint, but only the newest checkpoint of each thread is kept."""

    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        if not text:
            return ""
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        for table in ("writes", "checkpoints"):
            connection.execute(
                f"""
                delete from {table} where thread_id = :thread and checkpoint_id not in (
                    select max(checkpoint_id) from checkpoints where thread_id = :thread group by checkpoint_ns
                )
                """,
                {"thread": customer},
            )
        connection.commit()
        return state["messages"][-1].text

    return say
