def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    """Return `say(customer, text)`, whose database grows no faster than what is said."""

    ### BEGIN SOLUTION
    def joined(messages: list[AnyMessage], writes: Sequence[list[AnyMessage]]) -> list[AnyMessage]:
        return [*messages, *(message for written in writes for message in written)]

    class Talk(TypedDict):
        # A checkpoint holds no messages; they are put together from the writes of its ancestors.
        messages: Annotated[list[AnyMessage], DeltaChannel(joined)]

    def reply(state: Talk) -> dict[str, list[AnyMessage]]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(Talk).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer: str, text: str) -> str:
        config = {"configurable": {"thread_id": customer}}
        return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].text

    return say
    ### END SOLUTION
