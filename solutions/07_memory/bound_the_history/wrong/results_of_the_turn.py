# says: look for results only right behind their call
# Takes a call for answered if any result of its turn has its id, not only one of its own round.
def build_agent(
    model: Callable[[list[AnyMessage]], AIMessage],
    tools: list[BaseTool],
    saver: BaseCheckpointSaver,
    budget: int,
    count: Callable[[list[AnyMessage]], int],
) -> CompiledStateGraph:
    """Return an agent whose model never gets more than `budget` tokens, and never half a round."""

    def turns_of(messages: list[AnyMessage]) -> list[list[list[AnyMessage]]]:
        """Each turn is a list of rounds; the first of them is the question."""
        turns: list[list[list[AnyMessage]]] = []
        for message in messages:
            if isinstance(message, HumanMessage):
                turns.append([[message]])
            elif isinstance(message, ToolMessage):
                turns[-1][-1].append(message)
            else:
                turns[-1].append([message])
        return [whole_rounds(turn) for turn in turns]

    def whole_rounds(turn: list[list[AnyMessage]]) -> list[list[AnyMessage]]:
        """Leave out the rounds that a kill has cut off."""
        results = {m.tool_call_id for each in turn for m in each if isinstance(m, ToolMessage)}
        return [turn[0]] + [
            each for each in turn[1:] if all(call["id"] in results for call in each[0].tool_calls)
        ]

    def flat(rounds: list[list[AnyMessage]]) -> list[AnyMessage]:
        return [message for each in rounds for message in each]

    def view(messages: list[AnyMessage]) -> list[AnyMessage]:
        *earlier, (question, *rounds) = turns_of(messages)
        sent: list[AnyMessage] = []
        for each in reversed(rounds):
            if count([*question, *each, *sent]) > budget:
                return [*question, *sent]
            sent = [*each, *sent]
        sent = [*question, *sent]
        for turn in reversed(earlier):
            if count([*flat(turn), *sent]) > budget:
                break
            sent = [*flat(turn), *sent]
        return sent

    def answer(state: MessagesState):
        sent = view(state["messages"])
        reply = model(sent)
        if reply.tool_calls:
            return {"messages": [reply]}
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *sent, reply]}

    builder = StateGraph(MessagesState).add_node("answer", answer).add_node("tools", ToolNode(tools))
    builder.add_edge(START, "answer").add_edge("tools", "answer")
    builder.add_conditional_edges("answer", tools_condition, ["tools", END])
    return builder.compile(checkpointer=saver)
