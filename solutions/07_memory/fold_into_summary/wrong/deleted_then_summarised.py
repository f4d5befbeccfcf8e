# says: isn't in the input
def build_chat(model, summarize, saver, keep):
    class State(MessagesState):
        summary: str
        old: list[AnyMessage]

    def before(state):
        return [SystemMessage(f"Said so far: {state['summary']}")] if state.get("summary") else []

    def reply(state: State):
        return {"messages": [AIMessage(model([*before(state), *state["messages"]]))]}

    def fold(state: State):
        old = state["messages"][:-keep]
        if not old:
            return {}
        return {"old": old, "messages": [RemoveMessage(message.id) for message in old]}

    def summarise(state: State):
        if not state.get("old"):
            return {}
        try:
            return {"summary": summarize([*before(state), *state["old"]]), "old": []}
        except Exception:
            return {}

    builder = StateGraph(State).add_node(reply).add_node(fold).add_node(summarise)
    builder.add_edge(START, "reply").add_edge("reply", "fold").add_edge("fold", "summarise")
    return builder.compile(checkpointer=saver)
