def build_chat(model, summarize, saver, keep):
    """Folds down to half of what may stay, so that not every turn pays for a summary; summaries are a list."""

    class Chat(TypedDict):
        messages: Annotated[list[AnyMessage], add_messages]
        chapters: Annotated[list[str], operator.add]

    def respond(state: Chat):
        notes = "\n".join(state.get("chapters", []))
        front = [SystemMessage(notes)] if notes else []
        return {"messages": [AIMessage(content=model(front + state["messages"]))]}

    def too_long(state: Chat):
        return "archive" if len(state["messages"]) > keep else END

    def archive(state: Chat):
        stay = max(2, keep // 2)
        gone = state["messages"][: len(state["messages"]) - stay]
        try:
            chapter = summarize(gone)
        except Exception:
            return None
        return {"chapters": [chapter], "messages": [RemoveMessage(id=m.id) for m in gone]}

    builder = StateGraph(Chat)
    builder.add_node(respond)
    builder.add_node(archive)
    builder.add_edge(START, "respond")
    builder.add_conditional_edges("respond", too_long, ["archive", END])
    return builder.compile(checkpointer=saver)
