class Claim(TypedDict, total=False):
    order: str
    cents: int
    approved: bool
    receipt: str | None


class Desk:
    """Four nodes, methods of an object, and a router after the decision."""

    def __init__(self, ask, pay):
        self.ask, self.pay = ask, pay

    def tell(self, state):
        self.ask(state["order"], state["cents"])
        return {"receipt": None}

    def wait(self, state):
        return {"approved": interrupt({"order": state["order"], "cents": state["cents"]})}

    def pay_out(self, state):
        return {"receipt": self.pay(state["order"], state["cents"])}


def build_refunds(saver, ask, pay):
    desk = Desk(ask, pay)
    builder = StateGraph(Claim)
    builder.add_node("tell", desk.tell).add_node("wait", desk.wait).add_node("pay out", desk.pay_out)
    builder.add_edge(START, "tell").add_edge("tell", "wait")
    builder.add_conditional_edges(
        "wait", lambda state: "pay out" if state["approved"] else END, ["pay out", END]
    )
    return builder.compile(checkpointer=saver)
