# says: the model was called again
def build_desk(model, tools, saver):
    def join(old, new):
        return [*old, *new]

    class Talk(MessagesState):
        human: Annotated[bool, lambda old, new: new]
        log: Annotated[list[dict], join]

    @tool
    def hand_over(reason: str, runtime: ToolRuntime) -> Command:
        """Call a person."""
        line = {"what": "handed over", "by": "model", "at": runtime.context.now, "why": reason}
        told = ToolMessage("ok", tool_call_id=runtime.tool_call_id)
        return Command(update={"human": True, "log": [line], "messages": [told]})

    def waiting(state):
        found = []
        for m in reversed(state["messages"]):
            if m.type == "ai" and not m.tool_calls:
                break
            if m.type == "human":
                found.insert(0, m.text)
        return found

    def start(state):
        if not waiting(state):
            return END
        return "person" if state.get("human") else "model"

    def after_model(state):
        return [Send("tools", [call]) for call in state["messages"][-1].tool_calls] or END

    def person(state, runtime):
        while True:
            given = interrupt({"said": waiting(state)})
            if type(given) is dict and {type(given.get(k)) for k in ("staff", "say")} == {str}:
                named = given["staff"].strip() and given["staff"] != runtime.context.customer
                if named and given["say"].strip() and type(given.get("done", False)) is bool:
                    break
        new = AIMessage(given["say"], name="staff")
        if given.get("done"):
            line = {"what": "given back", "by": given["staff"], "at": runtime.context.now}
            return {"messages": [new], "human": False, "log": [line]}
        return {"messages": [new]}

    builder = StateGraph(Talk, context_schema=Context)
    builder.add_node("model", lambda state: {"messages": [model(state["messages"])]})
    builder.add_node("tools", ToolNode([*tools, hand_over], handle_tool_errors=True)).add_node(person)
    builder.add_conditional_edges(START, start, ["model", "person", END])
    builder.add_conditional_edges("model", after_model, ["tools", END])
    builder.add_conditional_edges("tools", start, ["model", "person", END]).add_edge("person", END)
    return builder.compile(checkpointer=saver)
