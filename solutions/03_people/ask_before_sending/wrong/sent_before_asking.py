# says: before anybody had answered
def build_mailer(saver, send):
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    def mail(state):
        sent = send(state["text"])
        return {"sent": sent if interrupt(state["text"]) else None}

    return StateGraph(Mail).add_node(mail).add_edge(START, "mail").compile(checkpointer=saver)
