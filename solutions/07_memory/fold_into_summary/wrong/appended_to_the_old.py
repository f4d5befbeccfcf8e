# says: is in the summary twice
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
        return {
            "summary": state.get("summary", "") + summary,
            "messages": [RemoveMessage(message.id) for message in old],
        }

    builder = StateGraph(State).add_node(reply).add_node(fold)
    builder.add_edge(START, "reply").add_edge("reply", "fold")
    return builder.compile(checkpointer=saver)
