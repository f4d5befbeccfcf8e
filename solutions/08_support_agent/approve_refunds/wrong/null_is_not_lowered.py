# says: 'cents': None} was taken for a decision
class Claim(TypedDict, total=False):
    order: str
    cents: int
    customer: str
    amount: int
    by: str
    problem: str
    outcome: dict


def build_refunds(shop: Any, saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph that refunds an order once, when the policy or a member of staff has decided so."""

    def check(state):
        bought = shop.find(state["order"])
        refused = (
            bought is None
            or bought["customer"] != state["customer"]
            or shop.refunded(state["order"])
            or not 1 <= state["cents"] <= bought["paid"]
        )
        fresh = {"amount": 0 if refused else state["cents"], "by": "policy", "problem": "", "outcome": None}
        if refused:
            return Command(update=fresh, goto="close")
        return Command(update=fresh, goto="pay" if state["cents"] <= LIMIT else "ask")

    def ask(state):
        answer = interrupt({"order": state["order"], "cents": state["cents"], "problem": state["problem"]})
        # A bad answer leaves the node: the next question is a task of its own.
        problem = wrong_with(answer, state)
        if problem:
            return Command(update={"problem": problem}, goto="ask")
        amount = (answer.get("cents") or state["cents"]) if answer["approve"] else 0
        update = {"amount": amount, "by": answer["staff"]}
        return Command(update=update, goto="pay" if answer["approve"] else "close")

    def wrong_with(answer, state):
        if not isinstance(answer, dict):
            return "That's no form."
        staff = answer.get("staff")
        if not isinstance(staff, str) or not staff.strip() or staff == state["customer"]:
            return "That's nobody of the staff."
        if answer.get("order") != state["order"]:
            return "That's another order."
        if answer.get("approve") is not True and answer.get("approve") is not False:
            return "Approve is true or false."
        if answer.get("cents") is not None:
            cents = answer["cents"]
            if type(cents) is not int or not 1 <= cents <= state["cents"]:
                return "These cents can't be."
        return ""

    def pay(state):
        shop.refund(f"refund:{state['order']}", state["order"], state["amount"])
        return Command(goto="close")

    def close(state):
        return {"outcome": {"refunded": state["amount"], "by": state["by"]}}

    builder = StateGraph(Claim)
    builder.add_node("check", check, destinations=("ask", "pay", "close"))
    builder.add_node("ask", ask, destinations=("ask", "pay", "close"))
    builder.add_node("pay", pay, destinations=("close",))
    builder.add_node("close", close)
    builder.add_edge(START, "check")
    return builder.compile(checkpointer=saver)
