# says: letter by letter
def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    def merge(old: list[dict], new: list[dict]) -> list[dict]:
        pieces = {line["sku"]: line["quantity"] for line in old}
        for line in new:
            pieces[line["sku"]] = pieces.get(line["sku"], 0) + line["quantity"]
        return [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()]

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: Annotated[list[dict], merge]

    import unicodedata

    def put(state: Basket):
        return {"lines": [{"sku": unicodedata.normalize("NFC", state["sku"]), "quantity": state["quantity"]}]}

    return StateGraph(Basket).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
