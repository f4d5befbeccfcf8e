def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    ### BEGIN SOLUTION
    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: list[dict[str, Any]]

    def put(state: Basket) -> Basket:
        quantities = {line["sku"]: line["quantity"] for line in state.get("lines", [])}
        quantities[state["sku"]] = quantities.get(state["sku"], 0) + state["quantity"]
        return {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]}

    return StateGraph(Basket).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
    ### END SOLUTION
