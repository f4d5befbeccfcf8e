# says: the value of its interrupt is
def build_mailer(saver, send):
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    def mail(state):
        approved = interrupt("Send it?")
        return {"sent": send(state["text"]) if approved else None}

    return StateGraph(Mail).add_node(mail).add_edge(START, "mail").compile(checkpointer=saver)
