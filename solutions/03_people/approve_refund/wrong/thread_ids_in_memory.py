# says: so only its own checkpoints can say
_announced: set[str] = set()
_announced_lock = threading.Lock()


def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    from langchain_core.runnables import RunnableConfig

    class Refund(TypedDict, total=False):
        order: str
        cents: int
        approved: bool
        receipt: str | None

    def announce(state: Refund, config: RunnableConfig) -> Refund:
        # The node itself runs once a thread; this is for two starts of one thread at once.
        thread_id = config["configurable"]["thread_id"]
        with _announced_lock:
            first = thread_id not in _announced
            _announced.add(thread_id)
        if first:
            ask(state["order"], state["cents"])
        return {}

    def decide(state: Refund) -> Refund:
        return {"approved": interrupt({"order": state["order"], "cents": state["cents"]}) is True}

    def settle(state: Refund) -> Refund:
        if state["approved"]:
            return {"receipt": pay(state["order"], state["cents"])}
        return {"receipt": None}

    builder = StateGraph(Refund)
    builder.add_node("announce", announce)
    builder.add_node("decide", decide)
    builder.add_node("settle", settle)
    builder.add_edge(START, "announce")
    builder.add_edge("announce", "decide")
    builder.add_edge("decide", "settle")
    return builder.compile(checkpointer=saver)
