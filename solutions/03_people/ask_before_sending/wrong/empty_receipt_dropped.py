# says: put what `send` returns
def build_mailer(saver, send):
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    def deliver(state):
        if interrupt(state["text"]) is True:
            return {"sent": send(state["text"]) or None}
        return {"sent": None}

    return (
        StateGraph(Mail).add_node("deliver", deliver).add_edge(START, "deliver").compile(checkpointer=saver)
    )
