# says: put what `send` returns into the state
def build_mailer(saver, send):
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    def mail(state):
        if interrupt(state["text"]):
            send(state["text"])
        return {"sent": None}

    return StateGraph(Mail).add_node(mail).add_edge(START, "mail").compile(checkpointer=saver)
