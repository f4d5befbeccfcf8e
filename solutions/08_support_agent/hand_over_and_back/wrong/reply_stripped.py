# says: add the reply as
def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph in which a person can take the conversation over, and give it back."""

    @tool
    def hand_over(reason: str, runtime: ToolRuntime) -> Command:
        """Hand the conversation over to a person."""
        line = {"what": "handed over", "by": "model", "at": runtime.context.now, "why": reason}
        told = ToolMessage("A person will answer.", tool_call_id=runtime.tool_call_id)
        return Command(update={"owner": "human", "log": [line], "messages": [told]})

    def answer(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        return {"messages": [model(state["messages"])]}

    def speaker(state: Desk) -> str:
        return "human" if state.get("owner") == "human" else "model"

    def text(value: Any) -> bool:
        return isinstance(value, str) and value.strip() != ""

    def valid(reply: Any, customer: str | None) -> bool:
        if not isinstance(reply, dict) or not text(reply.get("staff")) or not text(reply.get("say")):
            return False
        return reply["staff"] != customer and isinstance(reply.get("done", False), bool)

    def human(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        said = [str(message.text) for message in unanswered(state["messages"])]
        reply = interrupt({"said": said})
        while not valid(reply, runtime.context.customer):
            reply = interrupt({"said": said})
        update: dict[str, Any] = {"messages": [AIMessage(reply["say"].strip(), name="staff")]}
        if reply.get("done", False):
            update["owner"] = "bot"
            update["log"] = [{"what": "given back", "by": reply["staff"], "at": runtime.context.now}]
        return update

    builder = StateGraph(Desk, context_schema=Context)
    add_loop(builder, answer, [*tools, hand_over], (speaker, ["model", "human"]))
    builder.add_node("human", human).add_edge("human", END)
    return builder.compile(checkpointer=saver)
