def build_refunds(shop, saver):
    class Request(TypedDict, total=False):
        order: str
        cents: int
        customer: str
        problem: str
        outcome: dict

    def pay(state, cents, by):
        shop.refund("refund:" + state["order"], state["order"], cents)
        return {"refunded": cents, "by": by}

    def check(state):
        found = shop.find(state["order"])
        if found is None or found["customer"] != state["customer"]:
            problem = "whose"
        elif shop.refunded(state["order"]):
            problem = "again"
        elif state["cents"] < 1 or state["cents"] > found["paid"]:
            problem = "amount"
        else:
            return Command(update={"problem": ""}, goto="small" if state["cents"] <= LIMIT else "ask")
        return {"problem": problem, "outcome": {"refunded": 0, "by": "policy"}}

    def small(state):
        return {"outcome": pay(state, state["cents"], "policy")}

    def ask(state):
        answer = interrupt({"order": state["order"], "cents": state["cents"], "problem": state["problem"]})
        match answer:
            case {"staff": str(staff), "order": order, "approve": bool(yes)} if (
                staff and staff != state["customer"]
            ):
                cents = answer.get("cents", state["cents"])
                if order == state["order"] and type(cents) is int and 1 <= cents <= state["cents"]:
                    to = {"refunded": cents, "by": staff} if yes else {"refunded": 0, "by": staff}
                    return Command(update={"outcome": to}, goto="large")
        return Command(update={"problem": f"not a decision: {answer!r}"}, goto="ask")

    def large(state):
        if state["outcome"]["refunded"]:
            pay(state, state["outcome"]["refunded"], "")

    builder = StateGraph(Request).add_node(check, destinations=("small", "ask", END)).add_node(small)
    builder.add_node(ask, destinations=("large", "ask")).add_node(large).add_edge(START, "check")
    return builder.compile(checkpointer=saver)
