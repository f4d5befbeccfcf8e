# says: the answer was no
def build_mailer(saver, send):
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    def mail(state):
        interrupt(state["text"])
        return {"sent": send(state["text"])}

    return StateGraph(Mail).add_node(mail).add_edge(START, "mail").compile(checkpointer=saver)
