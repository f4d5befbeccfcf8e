def build_chat(model, summarize, saver, keep):
    from langgraph.func import entrypoint

    @entrypoint(checkpointer=saver)
    def chat(given, *, previous=None):
        summary, talk = previous or (None, [])
        talk = [*talk, *given["messages"]]
        head = [] if summary is None else [HumanMessage(f"<summary>{summary}</summary>")]
        answer = AIMessage(model(head + talk))
        talk.append(answer)
        if len(talk) > keep:
            try:
                summary = summarize(head + talk[:-keep])
                talk = talk[-keep:]
            except Exception as error:
                print("no summary today:", error)
        return entrypoint.final(value={"messages": [answer]}, save=(summary, talk))

    return chat
