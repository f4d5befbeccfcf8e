def merge(old, new):
    """Return a new basket with the lines of `new` added to those of `old`."""
    merged = [dict(line) for line in old]
    for line in new:
        same = [mine for mine in merged if mine["sku"] == line["sku"]]
        if same:
            same[0]["quantity"] += line["quantity"]
        else:
            merged.append(dict(line))
    return merged


class Basket(TypedDict, total=False):
    sku: str
    quantity: int
    lines: Annotated[list, merge]


def build_basket(saver):
    """The node returns the increment only; the reducer knows how lines add up."""

    def put(state):
        return {"lines": [{"sku": state["sku"], "quantity": state["quantity"]}]}

    return StateGraph(Basket).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
