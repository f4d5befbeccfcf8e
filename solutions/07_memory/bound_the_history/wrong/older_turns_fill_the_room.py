# says: an older one was sent with it
def build_agent(
    model: Callable[[list[AnyMessage]], AIMessage],
    tools: list[BaseTool],
    saver: BaseCheckpointSaver,
    budget: int,
    count: Callable[[list[AnyMessage]], int],
) -> CompiledStateGraph:
    """Return an agent whose model never gets more than `budget` tokens, and never half a round."""

    def split(messages: list[AnyMessage], *begin: str) -> list[list[AnyMessage]]:
        groups: list[list[AnyMessage]] = []
        for message in messages:
            if message.type in begin:
                groups.append([])
            groups[-1].append(message)
        return groups

    def newest(groups: list[list[AnyMessage]], room: int) -> list[AnyMessage]:
        kept: list[AnyMessage] = []
        for group in reversed(groups):
            room -= count(group)
            if room < 0:
                break
            kept = group + kept
        return kept

    def answered(messages: list[AnyMessage]) -> list[AnyMessage]:
        whole: list[AnyMessage] = []
        for group in split(messages, "human", "ai"):
            given = {message.tool_call_id for message in group[1:]}
            if all(call["id"] in given for call in getattr(group[0], "tool_calls", [])):
                whole += group  # unlike a round whose tools were killed
        return whole

    def view(messages: list[AnyMessage]) -> list[AnyMessage]:
        *earlier, turn = split(answered(messages), "human")
        if count(turn) > budget:
            question, *rounds = split(turn, "human", "ai")
            turn = question + newest(rounds, budget - count(question))
        return newest(earlier, budget - count(turn)) + turn  # there may be room left

    def agent(state: MessagesState) -> dict[str, list[AnyMessage]]:
        sent = view(state["messages"])
        kept = {message.id for message in sent}
        gone = [RemoveMessage(message.id) for message in state["messages"] if message.id not in kept]
        return {"messages": [*gone, model(sent)]}  # one step: no crash comes between the two

    builder = StateGraph(MessagesState).add_node(agent).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge(
        "tools", "agent"
    )
    return builder.compile(checkpointer=saver)
