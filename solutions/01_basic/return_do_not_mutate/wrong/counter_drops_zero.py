# says: 0 is a quantity, too
def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    def merge(old: list[dict], new: list[dict]) -> list[dict]:
        from collections import Counter

        pieces = Counter({line["sku"]: line["quantity"] for line in old})
        pieces = pieces + Counter({line["sku"]: line["quantity"] for line in new})
        return [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()]

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: Annotated[list[dict], merge]

    def put(state: Basket):
        return {"lines": [{"sku": state["sku"], "quantity": state["quantity"]}]}

    return StateGraph(Basket).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
