# says: so keep whole turns
# A turn that was killed has no answer, so one that has none is left out.
def build_agent(
    model: Callable[[list[AnyMessage]], AIMessage],
    tools: list[BaseTool],
    saver: BaseCheckpointSaver,
    budget: int,
    count: Callable[[list[AnyMessage]], int],
) -> CompiledStateGraph:
    """Return an agent whose model never gets more than `budget` tokens, and never half a round."""

    def split(messages: list[AnyMessage], kind: type) -> list[list[AnyMessage]]:
        groups: list[list[AnyMessage]] = []
        for message in messages:
            if isinstance(message, kind):
                groups.append([])
            groups[-1].append(message)
        return groups

    def finished(turn: list[AnyMessage]) -> bool:
        """A killed turn ends with a question, a call or a result."""
        return isinstance(turn[-1], AIMessage) and bool(turn[-1].text) and not turn[-1].tool_calls

    def newest(groups: list[list[AnyMessage]], room: int) -> list[AnyMessage]:
        kept: list[AnyMessage] = []
        for group in reversed(groups):
            if count(group + kept) > room:
                break
            kept = group + kept
        return kept

    def agent(state: MessagesState) -> dict[str, Any]:
        *earlier, current = split(state["messages"], HumanMessage)
        earlier = [turn for turn in earlier if finished(turn)]
        if count(current) <= budget:
            shown = newest(earlier, budget - count(current)) + current
        else:
            question, *rest = current
            shown = [question, *newest(split(rest, AIMessage), budget - count([question]))]
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *shown, model(shown)]}

    builder = StateGraph(MessagesState)
    builder.add_node("agent", agent)
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "agent")
    builder.add_conditional_edges("agent", tools_condition)
    builder.add_edge("tools", "agent")
    return builder.compile(checkpointer=saver)
