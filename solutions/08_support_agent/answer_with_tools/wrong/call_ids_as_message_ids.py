# says: lacks the question
# %% [before]
from langchain_core.runnables import RunnableConfig


# %% [answer]
def _close_lost(messages: list[AnyMessage]) -> list[AnyMessage]:
    """All messages, with an error behind each AIMessage whose call has no result."""
    whole: list[AnyMessage] = []
    waiting: list[dict[str, Any]] = []

    def close() -> None:
        for call in waiting:
            text = "This call was lost. It's not known whether it did anything."
            whole.append(
                ToolMessage(text, tool_call_id=call["id"], name=call["name"], status="error", id=call["id"])
            )
        waiting.clear()

    for message in messages:
        if isinstance(message, ToolMessage):
            waiting[:] = [call for call in waiting if call["id"] != message.tool_call_id]
        else:
            close()
        whole.append(message)
        if isinstance(message, AIMessage):
            waiting.extend(message.tool_calls)
    close()
    return whole


def _answered(messages: list[AnyMessage]) -> bool:
    """Whether the newest question has its answer."""
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return False
        if isinstance(message, AIMessage) and not message.tool_calls:
            return True
    return True


def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph that answers with tools, each call in a task of its own."""

    def admit(state: MessagesState) -> dict[str, Any]:
        messages = state["messages"]
        whole = _close_lost(messages)
        if len(whole) == len(messages):
            return {}
        return {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *whole]}

    def after_admit(state: MessagesState) -> str:
        return END if _answered(state["messages"]) else "model"

    def ask(state: MessagesState) -> dict[str, Any]:
        messages = state["messages"]
        answer = model(list(messages))
        # A model may return one message twice. In the thread, that's two messages.
        taken = {message.id for message in messages}
        fresh = answer.id if answer.id and answer.id not in taken else str(uuid.uuid4())
        return {"messages": [answer.model_copy(update={"id": fresh})]}

    def after_model(state: MessagesState) -> Any:
        calls = state["messages"][-1].tool_calls
        return [Send("tools", [{**call, "type": "tool_call"}]) for call in calls] or END

    runner = ToolNode(list(tools), handle_tool_errors=True)

    def run(calls: list[dict[str, Any]], config: RunnableConfig) -> dict[str, Any]:
        # A result that's written again has the same id, so it never stands there twice.
        results = runner.invoke(calls, config)["messages"]
        return {"messages": [m.model_copy(update={"id": m.tool_call_id}) for m in results]}

    builder = StateGraph(MessagesState)
    builder.add_node("admit", admit)
    builder.add_node("model", ask)
    builder.add_node("tools", run)
    builder.add_edge(START, "admit")
    builder.add_conditional_edges("admit", after_admit, ["model", END])
    builder.add_conditional_edges("model", after_model, ["tools", END])
    builder.add_edge("tools", "model")
    return builder.compile(checkpointer=saver)
