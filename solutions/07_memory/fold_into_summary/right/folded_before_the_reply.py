def build_chat(model, summarize, saver, keep):
    """One node. The summary is a message with a fixed id, the first of the state's messages."""

    def turn(state: MessagesState):
        messages = state["messages"]
        summary = [message for message in messages if message.id == "summary"]
        said = [message for message in messages if message.id != "summary"]
        cut = len(said) - (keep - 1)
        if cut > 0:
            try:
                summary = [SystemMessage(summarize(summary + said[:cut]), id="summary")]
                said = said[cut:]
            except ConnectionError:
                pass
            except Exception:
                pass
        reply = AIMessage(model(summary + said))
        return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *summary, *said, reply]}

    builder = StateGraph(MessagesState).add_node(turn).add_edge(START, "turn").add_edge("turn", END)
    return builder.compile(checkpointer=saver)
