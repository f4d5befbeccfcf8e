# says: use nothing of an answer
def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph in which a person can take the conversation over, and give it back."""

    @tool
    def hand_over(reason: str, runtime: ToolRuntime[Context, Any]) -> Command:
        """Give the conversation to a person."""
        line = {"what": "handed over", "by": "model", "at": runtime.context.now, "why": reason}
        told = ToolMessage("A colleague takes over.", tool_call_id=runtime.tool_call_id)
        return Command(update={"owner": "human", "log": [line], "messages": [told]})

    def answer(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        return {"messages": [model(state["messages"])]}

    def speaker(state: Desk) -> str:
        return "human" if state.get("owner") == "human" else "model"

    def is_text(value: Any) -> bool:
        return isinstance(value, str) and bool(value.strip())

    def is_reply(given: Any, customer: str | None) -> bool:
        if not isinstance(given, dict) or not is_text(given.get("staff")) or not is_text(given.get("say")):
            return False
        return given["staff"] != customer and isinstance(given.get("done", False), bool)

    def human(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        said, reply = [m.text for m in unanswered(state["messages"])], {}
        while not is_reply(reply, runtime.context.customer):
            given = interrupt({"said": said})
            reply = reply | given if isinstance(given, dict) else reply
        message = AIMessage(reply["say"], name="staff")
        if not reply.get("done"):
            return {"messages": [message]}
        line = {"what": "given back", "by": reply["staff"], "at": runtime.context.now}
        return {"messages": [message], "owner": "bot", "log": [line]}

    builder = StateGraph(Desk, context_schema=Context)
    add_loop(builder, answer, [*tools, hand_over], (speaker, ["model", "human"]))
    builder.add_node("human", human).add_edge("human", END)
    return builder.compile(checkpointer=saver)
