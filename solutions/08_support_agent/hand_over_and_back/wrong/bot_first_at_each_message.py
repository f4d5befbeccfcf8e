# says: a person owns the thread
def build_desk(model, tools, saver):
    @tool
    def hand_over(reason: str, runtime: ToolRuntime[Context, Any]) -> Command:
        """Give the conversation to a person."""
        line = {"what": "handed over", "by": "model", "at": runtime.context.now, "why": reason}
        told = ToolMessage("A colleague takes over.", tool_call_id=runtime.tool_call_id)
        return Command(update={"log": [line], "messages": [told]})

    def answer(state, runtime):
        return {"messages": [model(state["messages"])]}

    def speaker(state):
        last = state["messages"][-1]
        return "human" if last.type == "tool" and "takes over" in last.text else "model"

    def human(state, runtime):
        said = [m.text for m in unanswered(state["messages"])]
        while True:
            reply = interrupt({"said": said})
            match reply:
                case {"staff": str(staff), "say": str(say)} if (
                    staff.strip() and say.strip() and staff != runtime.context.customer
                ):
                    if isinstance(reply.get("done", False), bool):
                        break
        line = {"what": "given back", "by": staff, "at": runtime.context.now}
        return {"messages": [AIMessage(say, name="staff")], "log": [line] if reply.get("done") else []}

    builder = StateGraph(Desk, context_schema=Context)
    add_loop(builder, answer, [*tools, hand_over], (speaker, ["model", "human"]))
    builder.add_node("human", human).add_edge("human", END)
    return builder.compile(checkpointer=saver)
