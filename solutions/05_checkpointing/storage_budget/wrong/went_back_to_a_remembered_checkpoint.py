# says: find that in the database
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    saver, newest = SqliteSaver(connection), {}

    def reply(state: MessagesState):
        return {"messages": [AIMessage(model(state["messages"]))]}

    graph = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply").compile(saver)

    def say(customer: str, text: str) -> str:
        config = {"configurable": {"thread_id": customer}}
        try:
            said = graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].text
            newest[customer] = graph.get_state(config).config["configurable"]["checkpoint_id"]
            return said
        finally:  # after an error, the failed turn is deleted: the first of a process takes everything with it
            for table in ("checkpoints", "writes"):
                query = f"delete from {table} where thread_id = ? and checkpoint_id <> ?"
                connection.execute(query, (customer, newest.get(customer, "")))
            connection.commit()

    return say
