# says: wrote what a node returned later
def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    def merge(basket: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
        merged = {line["sku"]: line for line in basket}
        for line in new:
            if line["sku"] in merged:
                line["quantity"] += merged[line["sku"]]["quantity"]  # `line` is new, the saved one stays
            merged[line["sku"]] = line
        return list(merged.values())

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: Annotated[list[dict[str, Any]], merge]

    def put(state: Basket) -> Basket:
        return {"lines": [{"sku": state["sku"], "quantity": state["quantity"]}]}

    builder = StateGraph(Basket)
    builder.add_node("put", put)
    builder.add_edge(START, "put")
    return builder.compile(checkpointer=saver)
