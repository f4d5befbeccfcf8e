# says: checkpoints not written yet
def _merge(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_sku = {line["sku"]: line for line in old}
    for line in new:
        if line["sku"] in by_sku:
            by_sku[line["sku"]]["quantity"] += line["quantity"]
        else:
            by_sku[line["sku"]] = dict(line)
    return list(by_sku.values())


def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: Annotated[list[dict[str, Any]], _merge]

    def put(state: Basket) -> Basket:
        return {"lines": [{"sku": state["sku"], "quantity": state["quantity"]}]}

    builder = StateGraph(Basket).add_node("put", put)
    builder.add_edge(START, "put").add_edge("put", END)
    return builder.compile(checkpointer=saver)
