# says: the customer must be answered
def build_chat(model, summarize, saver, keep):
    from langgraph.types import RetryPolicy

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
        summary = summarize([*before(state), *old])
        return {"summary": summary, "messages": [RemoveMessage(message.id) for message in old]}

    builder = (
        StateGraph(State)
        .add_node(reply)
        .add_node("fold", fold, retry_policy=RetryPolicy(max_attempts=2, initial_interval=0.01))
    )
    builder.add_edge(START, "reply").add_edge("reply", "fold")
    return builder.compile(checkpointer=saver)
