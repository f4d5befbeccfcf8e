# says: a thread is one refund
def build_refunds(saver, ask, pay):
    class Refund(TypedDict, total=False):
        order: str
        cents: int
        approved: bool
        receipt: str | None

    asked = set()

    def announce(state):
        if state["order"] in asked:
            return
        asked.add(state["order"])
        ask(state["order"], state["cents"])

    def wait(state):
        return {"approved": interrupt({"order": state["order"], "cents": state["cents"]})}

    def settle(state):
        return {"receipt": pay(state["order"], state["cents"]) if state["approved"] else None}

    builder = StateGraph(Refund).add_sequence([announce, wait, settle])
    return builder.add_edge(START, "announce").compile(checkpointer=saver)
