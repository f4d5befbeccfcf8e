def build_desk(model, tools, saver):
    @tool
    def hand_over(reason: str, runtime: ToolRuntime[Context, Any]) -> Command:
        """Let a colleague answer."""
        return Command(
            update={
                "messages": [ToolMessage("Wait.", tool_call_id=runtime.tool_call_id)],
                "owner": "human",
                "log": [{"what": "handed over", "by": "model", "at": runtime.context.now, "why": reason}],
            }
        )

    def answer(state, runtime):
        return {"messages": [model(state["messages"])]}

    def human(state, runtime):
        given = interrupt({"said": [m.text for m in unanswered(state["messages"])]})
        match given:
            case {"staff": str(who), "say": str(text)} if who.strip() and text.strip():
                done = given.get("done", False)
                if who != runtime.context.customer and (done is True or done is False):
                    update = {"messages": [AIMessage(text, name="staff")]}
                    if done:
                        line = {"what": "given back", "by": who, "at": runtime.context.now}
                        update |= {"owner": "bot", "log": [line]}
                    return Command(update=update, goto=END)
        return Command(goto="human")

    builder = StateGraph(Desk, context_schema=Context)
    builder.add_node(human, destinations=("human", END))
    owned = {"human": "human"}
    who = (lambda state: owned.get(state.get("owner"), "model"), ["model", "human"])
    return add_loop(builder, answer, [*tools, hand_over], who).compile(checkpointer=saver)
