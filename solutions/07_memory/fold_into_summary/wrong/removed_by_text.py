# says: remove messages by id


class S(MessagesState):
    summary: str


def build_chat(model, summarize, saver, keep):
    def told(s):
        return [SystemMessage("Summary: " + s["summary"])] if s.get("summary") else []

    def reply(s):
        return {"messages": [AIMessage(model([*told(s), *s["messages"]]))]}

    def fold(s):
        old = s["messages"][:-keep]
        if not old:
            return {}
        try:
            return {
                "summary": summarize([*told(s), *old]),
                "messages": [RemoveMessage(m.id) for m in s["messages"] if m.text in {o.text for o in old}],
            }
        except Exception:
            return {}

    def drop(s):
        return {"messages": [RemoveMessage(m.id) for m in s["messages"][:-keep]]} if s.get("summary") else {}

    b = StateGraph(S).add_sequence([reply, fold]).add_edge(START, "reply")
    return b.compile(checkpointer=saver)
