# says: left by an earlier mail
def build_mailer(saver, send):
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    def deliver(state):
        if interrupt(state["text"]) is True:
            return {"sent": send(state["text"])}
        return {"sent": state.get("sent")}

    return (
        StateGraph(Mail).add_node("deliver", deliver).add_edge(START, "deliver").compile(checkpointer=saver)
    )
