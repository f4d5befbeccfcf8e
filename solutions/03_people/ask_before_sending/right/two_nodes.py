def build_mailer(saver, send):
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    def ask(state) -> Command[Literal["mail", "drop"]]:
        return Command(goto="mail" if interrupt(state["text"]) else "drop")

    def mail(state):
        return {"sent": send(state["text"])}

    def drop(state):
        return {"sent": None}

    builder = StateGraph(Mail).add_node(ask).add_node(mail).add_node(drop)
    return builder.add_edge(START, "ask").compile(checkpointer=saver)
