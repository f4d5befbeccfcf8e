# says: a sku with quantity 0 is in the basket, too
def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: list[dict[str, Any]]

    def put(state: Basket) -> Basket:
        sku, quantity = state["sku"], state["quantity"]
        lines = state.get("lines", [])
        so_far = next((line["quantity"] for line in lines if line["sku"] == sku), None)
        if so_far:
            new = {"sku": sku, "quantity": so_far + quantity}
            return {"lines": [new if line["sku"] == sku else line for line in lines]}
        return {"lines": [*lines, {"sku": sku, "quantity": quantity}]}

    builder = StateGraph(Basket).add_node("put", put)
    builder.add_edge(START, "put").add_edge("put", END)
    return builder.compile(checkpointer=saver)
