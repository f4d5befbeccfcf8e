# says: is in the input twice
def build_chat(model, summarize, saver, keep):
    class State(MessagesState):
        summary: str

    def before(state):
        return [SystemMessage(f"Said so far: {state['summary']}")] if state.get("summary") else []

    def reply(state: State):
        return {"messages": [AIMessage(model([*before(state), *state["messages"]]))]}

    def fold(state: State):
        old = state["messages"][:-keep]
        if not old:
            return {}
        try:
            summary = summarize([*before(state), *old])
        except Exception:
            return {}
        return {"summary": summary}

    def forget(state: State):
        return {"messages": [RemoveMessage(message.id) for message in state["messages"][:-keep]]}

    builder = StateGraph(State).add_node(reply).add_node(fold).add_node(forget)
    builder.add_edge(START, "reply").add_edge("reply", "fold").add_edge("fold", "forget")
    return builder.compile(checkpointer=saver)
