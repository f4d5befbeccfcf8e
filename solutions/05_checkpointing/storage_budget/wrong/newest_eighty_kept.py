# says: that a newer one is still put together from
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    def joined(messages: list[AnyMessage], writes: Sequence[list[AnyMessage]]) -> list[AnyMessage]:
        return [*messages, *(message for written in writes for message in written)]

    class Talk(TypedDict):
        messages: Annotated[list[AnyMessage], DeltaChannel(joined, snapshot_frequency=50)]

    def reply(state: Talk):
        return {"messages": [AIMessage(model(state["messages"]))]}

    graph = StateGraph(Talk).add_node(reply).add_edge(START, "reply").compile(SqliteSaver(connection))

    def say(customer: str, text: str) -> str:
        try:
            config = {"configurable": {"thread_id": customer}}
            return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].text
        finally:  # two updates in three checkpoints, so a snapshot in 75; but a turn that fails has one in two
            newest = "select checkpoint_id from checkpoints where thread_id = ? order by checkpoint_id desc limit 80"
            for table in ("checkpoints", "writes"):
                query = f"delete from {table} where thread_id = ? and checkpoint_id not in ({newest})"
                connection.execute(query, (customer, customer))
            connection.commit()

    return say
