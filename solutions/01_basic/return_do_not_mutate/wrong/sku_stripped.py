# says: letter by letter
def build_basket(saver):
    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: list[dict[str, Any]]

    def put(state):
        counts = {line["sku"]: line["quantity"] for line in state.get("lines", [])}
        counts[state["sku"].strip()] = counts.get(state["sku"].strip(), 0) + state["quantity"]
        return {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in counts.items()]}

    return StateGraph(Basket).add_node("put", put).add_edge(START, "put").compile(checkpointer=saver)
