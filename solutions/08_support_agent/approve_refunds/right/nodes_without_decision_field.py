def build_refunds(shop, saver):
    class Request(MessagesState, total=False):
        order: str
        cents: int
        customer: str
        answers: list
        outcome: Any

    def first(state):
        order = shop.find(state["order"]) or {"customer": None, "paid": 0}
        owns = order["customer"] is not None and order["customer"] == state["customer"]
        bad = not owns or state["cents"] not in range(1, order["paid"] + 1) or shop.refunded(state["order"])
        if bad:
            return Command(update={"outcome": {"refunded": 0, "by": "policy"}}, goto=END)
        if state["cents"] <= LIMIT:
            return Command(update={"outcome": {"refunded": state["cents"], "by": "policy"}}, goto="pay")
        return Command(goto="wait")

    def problems(answer, state):
        if not isinstance(answer, dict):
            yield "no dict"
            return
        if not answer.get("staff") or answer["staff"] == state["customer"]:
            yield "who"
        if answer.get("order") != state["order"]:
            yield "order"
        if answer.get("approve") is not True and answer.get("approve") is not False:
            yield "approve"
        cents = answer.get("cents", 1)
        if isinstance(cents, bool) or not isinstance(cents, int) or cents < 1 or cents > state["cents"]:
            yield "cents"

    def wait(state):
        told = []
        while True:
            answer = interrupt({"order": state["order"], "cents": state["cents"], "told": told})
            told = list(problems(answer, state))
            if not told:
                break
        cents = answer.get("cents", state["cents"]) * answer["approve"]
        return {"outcome": {"refunded": cents, "by": answer["staff"]}}

    def pay(state):
        if state["outcome"]["refunded"]:
            shop.refund(f"refund:{state['order']}", state["order"], state["outcome"]["refunded"])
        return {}

    builder = (
        StateGraph(Request).add_node(first, destinations=("wait", "pay", END)).add_node(wait).add_node(pay)
    )
    builder.add_edge(START, "first").add_edge("wait", "pay")
    return builder.compile(checkpointer=saver)
