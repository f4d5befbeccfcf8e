# says: delete nothing before
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    saver = SqliteSaver(connection)

    def reply(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node("reply", reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=saver)

    def say(customer: str, text: str) -> str:
        config: RunnableConfig = {"configurable": {"thread_id": customer}}
        earlier = graph.get_state(config).values.get("messages", [])
        saver.delete_thread(customer)
        state = graph.invoke({"messages": [*earlier, HumanMessage(text)]}, config, durability="exit")
        return state["messages"][-1].text

    return say
