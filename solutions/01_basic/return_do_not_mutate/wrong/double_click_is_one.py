# says: the sum of its pieces
def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        last: list
        lines: list[dict]

    def put(state: Basket):
        order = [state["sku"], state["quantity"]]
        pieces = {line["sku"]: line["quantity"] for line in state.get("lines", [])}
        if order != state.get("last"):
            pieces[order[0]] = pieces.get(order[0], 0) + order[1]
        return {"last": order, "lines": [{"sku": sku, "quantity": many} for sku, many in pieces.items()]}

    return StateGraph(Basket).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
