# says: a breakpoint asks no question
def build_mailer(saver, send):
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    def mail(state):
        return {"sent": send(state["text"])}

    builder = StateGraph(Mail).add_node(mail).add_edge(START, "mail")
    return builder.compile(checkpointer=saver, interrupt_before=["mail"])
