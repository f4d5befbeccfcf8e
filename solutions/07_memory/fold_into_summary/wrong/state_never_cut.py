# says: messages of the conversation
def build_chat(model, summarize, saver, keep):
    class State(MessagesState):
        summary: str

    def before(state):
        return [SystemMessage(f"Said so far: {state['summary']}")] if state.get("summary") else []

    def reply(state: State):
        return {"messages": [AIMessage(model([*before(state), *state["messages"][-keep - 1 :]]))]}

    def fold(state: State):
        old = state["messages"][:-keep]
        if not old:
            return {}
        try:
            summary = summarize(old)
        except Exception:
            return {}
        return {"summary": summary}

    builder = StateGraph(State).add_node(reply).add_node(fold)
    builder.add_edge(START, "reply").add_edge("reply", "fold")
    return builder.compile(checkpointer=saver)
