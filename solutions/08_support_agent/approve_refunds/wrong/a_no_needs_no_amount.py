# says: was taken for a decision
class Request(TypedDict, total=False):
    order: str
    cents: int
    customer: str
    granted: int
    by: str
    outcome: dict[str, Any]


def build_refunds(shop: Any, saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph that refunds an order once, when the policy or a member of staff has decided so."""

    def whole(number: Any, most: int) -> bool:
        return type(number) is int and 1 <= number <= most

    def check(state: Request):
        order = shop.find(state["order"])
        good = (
            order is not None
            and order["customer"] == state["customer"]
            and not shop.refunded(state["order"])
            and whole(state["cents"], order["paid"])
        )
        if not good:
            return Command(update={"outcome": {"refunded": 0, "by": "policy"}}, goto=END)
        if state["cents"] <= LIMIT:
            return Command(update={"granted": state["cents"], "by": "policy"}, goto="charge")
        return Command(update={"granted": state["cents"]}, goto="ask")

    def is_decision(answer: Any, state: Request) -> bool:
        if not isinstance(answer, dict):
            return False
        staff, order, approve = (answer.get(name) for name in ("staff", "order", "approve"))
        if not isinstance(staff, str) or not staff.strip() or staff == state["customer"]:
            return False
        if order != state["order"] or not isinstance(approve, bool):
            return False
        return not approve or "cents" not in answer or whole(answer["cents"], state["cents"])

    def ask(state: Request):
        answer = None
        while not is_decision(answer, state):
            answer = interrupt({"order": state["order"], "cents": state["cents"]})
        if not answer["approve"]:
            return Command(update={"outcome": {"refunded": 0, "by": answer["staff"]}}, goto=END)
        granted = answer.get("cents", state["cents"])
        return Command(update={"granted": granted, "by": answer["staff"]}, goto="charge")

    def charge(state: Request):
        shop.refund(f"refund:{state['order']}", state["order"], state["granted"])
        return {"outcome": {"refunded": state["granted"], "by": state["by"]}}

    builder = StateGraph(Request)
    builder.add_node("check", check, destinations=("ask", "charge", END))
    builder.add_node("ask", ask, destinations=("charge", END))
    builder.add_node("charge", charge)
    builder.add_edge(START, "check")
    builder.add_edge("charge", END)
    return builder.compile(checkpointer=saver)
