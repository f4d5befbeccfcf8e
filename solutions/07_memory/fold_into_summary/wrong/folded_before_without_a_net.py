# says: the customer must be answered
def build_chat(model, summarize, saver, keep):
    class State(MessagesState):
        summary: str

    def before(state):
        return [SystemMessage(f"Said so far: {state['summary']}")] if state.get("summary") else []

    def reply(state: State):
        return {"messages": [AIMessage(model([*before(state), *state["messages"]]))]}

    def fold(state: State):
        old = state["messages"][: -(keep - 1)]
        if not old:
            return {}
        summary = summarize([*before(state), *old])
        return {"summary": summary, "messages": [RemoveMessage(message.id) for message in old]}

    builder = StateGraph(State).add_node(reply).add_node(fold)
    builder.add_edge(START, "fold").add_edge("fold", "reply")
    return builder.compile(checkpointer=saver)
