# says: since a process's memory ends with it
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    decisions = {}  # used in the next step, so why save them?

    def announce(state):
        ask(state["order"], state["cents"])

    def decide(state):
        decisions[state["order"]] = interrupt({"order": state["order"], "cents": state["cents"]})

    def settle(state):
        return {"receipt": pay(state["order"], state["cents"]) if decisions[state["order"]] else None}

    builder = StateGraph(Refund).add_sequence([announce, decide, settle]).add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
