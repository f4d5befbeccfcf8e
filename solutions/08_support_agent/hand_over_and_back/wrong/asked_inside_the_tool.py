# says: a person owns the thread
def build_desk(model, tools, saver):
    @tool
    def hand_over(reason: str, runtime: ToolRuntime[Context, Any]) -> Command:
        """Give the conversation to a person."""
        said = [m.text for m in unanswered(runtime.state["messages"])]
        while True:
            reply = interrupt({"said": said})
            if isinstance(reply, dict) and reply.get("staff") and reply.get("say"):
                break
        told = ToolMessage("A colleague has answered.", tool_call_id=runtime.tool_call_id)
        message = AIMessage(reply["say"], name="staff")
        return Command(update={"messages": [told, message], "owner": "human"})

    def answer(state, runtime):
        return {"messages": [model(state["messages"])]}

    def speaker(state):
        return "end" if state["messages"][-1].name == "staff" else "model"

    builder = StateGraph(Desk, context_schema=Context)
    add_loop(builder, answer, [*tools, hand_over], (speaker, ["model", "end"]))
    builder.add_node("end", lambda state: {}).add_edge("end", END)
    return builder.compile(checkpointer=saver)
