# says: was good, and the desk asked again
def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _valid(reply: Any, customer: str | None) -> bool:
    """Whether a reply is one: by staff, with something to say, and perhaps a clear `done`."""
    return (
        isinstance(reply, dict)
        and _is_text(reply.get("staff"))
        and reply["staff"].strip().casefold() != (customer or "").strip().casefold()
        and _is_text(reply.get("say"))
        and ("done" not in reply or reply["done"] is True or reply["done"] is False)
    )


def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], tools: list[BaseTool], saver: BaseCheckpointSaver
) -> CompiledStateGraph:
    """Return a graph in which a person can take the conversation over, and give it back."""

    @tool
    def hand_over(reason: str, runtime: ToolRuntime) -> Command:
        """Call a person, who takes the conversation over."""
        line = {"what": "handed over", "by": "model", "at": runtime.context.now, "why": reason}
        result = ToolMessage("A person takes over.", tool_call_id=runtime.tool_call_id, name="hand_over")
        return Command(update={"owner": "human", "log": [line], "messages": [result]})

    def answer(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        said = model(list(state["messages"]))
        return {"messages": [said.model_copy(update={"id": None})]}

    def speaker(state: Desk) -> str:
        return "human" if state.get("owner") == "human" else "model"

    def human(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        said = [message.text for message in unanswered(state["messages"])]
        reply = interrupt({"said": said})
        while not _valid(reply, runtime.context.customer):
            reply = interrupt({"said": said})
        update: dict[str, Any] = {"messages": [AIMessage(reply["say"], name="staff")]}
        if reply.get("done"):
            update["owner"] = "bot"
            update["log"] = [{"what": "given back", "by": reply["staff"], "at": runtime.context.now}]
        return update

    builder = StateGraph(Desk, context_schema=Context)
    add_loop(builder, answer, [*tools, hand_over], (speaker, ["model", "human"]))
    builder.add_node("human", human)
    return builder.compile(checkpointer=saver)
