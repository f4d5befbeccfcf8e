# says: pay in another node than you check in
class Ask(TypedDict, total=False):
    order: str
    cents: int
    customer: str
    amount: int
    by: str
    outcome: dict[str, Any] | None


def whole(value: Any) -> bool:
    return type(value) is int


def build_refunds(shop: Any, saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph that refunds an order once, when the policy or a member of staff has decided so."""

    def check_it(state: Ask) -> Command:
        order, cents = state["order"], state["cents"]
        found = shop.find(order)
        allowed = (
            found is not None
            and found["customer"] == state["customer"]
            and whole(cents)
            and 1 <= cents <= found["paid"]
            and not shop.refunded(order)
        )
        if not allowed:
            return Command(update={"outcome": {"refunded": 0, "by": "policy"}}, goto=END)
        if cents <= LIMIT:
            shop.refund(f"refund:{order}", order, cents)
            return Command(update={"outcome": {"refunded": cents, "by": "policy"}}, goto=END)
        return Command(update={"outcome": None}, goto="ask_staff")

    def valid(answer: Any, state: Ask) -> bool:
        if not isinstance(answer, dict):
            return False
        staff = answer.get("staff")
        if not isinstance(staff, str) or not staff.strip() or staff == state["customer"]:
            return False
        if answer.get("order") != state["order"] or type(answer.get("approve")) is not bool:
            return False
        if "cents" in answer:
            return whole(answer["cents"]) and 1 <= answer["cents"] <= state["cents"]
        return True

    def ask_staff(state: Ask) -> Command:
        while True:
            answer = interrupt(
                {"order": state["order"], "cents": state["cents"], "customer": state["customer"]}
            )
            if valid(answer, state):
                break
        if not answer["approve"]:
            return Command(update={"outcome": {"refunded": 0, "by": answer["staff"]}}, goto=END)
        amount = answer.get("cents", state["cents"])
        return Command(update={"amount": amount, "by": answer["staff"]}, goto="pay")

    def pay(state: Ask) -> dict[str, Any]:
        shop.refund(f"refund:{state['order']}", state["order"], state["amount"])
        return {"outcome": {"refunded": state["amount"], "by": state["by"]}}

    builder = StateGraph(Ask)
    builder.add_node("check_it", check_it, destinations=("ask_staff", END))
    builder.add_node("ask_staff", ask_staff, destinations=("pay", END))
    builder.add_node("pay", pay)
    builder.add_edge(START, "check_it")
    builder.add_edge("pay", END)
    return builder.compile(checkpointer=saver)
