# says: `counts` had become
def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    def add(counts: dict[str, int], new: dict[str, int]) -> dict[str, int]:
        for sku, quantity in new.items():
            counts[sku] = counts.get(sku, 0) + quantity
        return counts

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        counts: Annotated[dict[str, int], add]
        lines: list[dict[str, Any]]

    def put(state: Basket) -> Basket:
        return {"counts": {state["sku"]: state["quantity"]}}

    def show(state: Basket) -> Basket:
        return {"lines": [{"sku": sku, "quantity": n} for sku, n in state["counts"].items()]}

    builder = StateGraph(Basket)
    builder.add_node("put", put)
    builder.add_node("show", show)
    builder.add_edge(START, "put")
    builder.add_edge("put", "show")
    return builder.compile(checkpointer=saver)
