def build_desk(model, tools, saver):
    @tool
    def hand_over(reason: str, runtime: ToolRuntime[Context, Any]) -> Command:
        """Call a person."""
        line = {"what": "handed over", "by": "model", "at": runtime.context.now, "why": reason}
        told = ToolMessage("Called.", tool_call_id=runtime.tool_call_id)
        return Command(update={"log": [line], "messages": [told]})

    def owner(state):
        moves = [line["what"] for line in state["log"] if line["what"] in ("handed over", "given back")]
        return "human" if moves and moves[-1] == "handed over" else "model"

    def wrong_with(reply, customer):
        if not isinstance(reply, dict):
            return "send a dict"
        texts = [reply.get("staff"), reply.get("say")]
        if any(type(text) is not str or not text.split() for text in texts):
            return "who are you, and what do you say?"
        if reply["staff"] == customer:
            return "that's the customer"
        return (
            ""
            if reply.get("done", True) in (True, False) and type(reply.get("done", True)) is bool
            else "done?"
        )

    def human(state, runtime):
        open_ = unanswered(state["messages"])
        told = ""
        while True:
            reply = interrupt({"said": [m.text for m in open_], "told": told})
            told = wrong_with(reply, runtime.context.customer)
            if not told:
                break
        line = {"what": "given back", "by": reply["staff"], "at": runtime.context.now}
        return {
            "messages": [AIMessage(reply["say"], name="staff")],
            "log": [line] * reply.get("done", False),
        }

    def talk(state, runtime):
        return {"messages": [model(list(state["messages"]))]}

    builder = add_loop(
        StateGraph(Desk, context_schema=Context), talk, [*tools, hand_over], (owner, ["model", "human"])
    )
    return builder.add_node("human", human).add_edge("human", END).compile(checkpointer=saver)
