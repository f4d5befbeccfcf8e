# says: of a second database
from langchain_core.runnables import RunnableConfig

RECEIPTS: dict[str, str] = {}


class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    def announce(state: Refund) -> None:
        ask(state["order"], state["cents"])

    def decide(state: Refund) -> Command[Literal["settle", "decline"]]:
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        return Command(goto="settle" if approved is True else "decline")

    def settle(state: Refund, config: RunnableConfig) -> Refund:
        thread = config["configurable"]["thread_id"]
        if thread not in RECEIPTS:
            RECEIPTS[thread] = pay(state["order"], state["cents"])
        return {"receipt": RECEIPTS[thread]}

    def decline(state: Refund) -> Refund:
        return {"receipt": None}

    builder = StateGraph(Refund)
    for node in (announce, decide, settle, decline):
        builder.add_node(node)
    builder.add_edge(START, "announce").add_edge("announce", "decide")
    builder.add_edge("settle", END).add_edge("decline", END)
    return builder.compile(checkpointer=saver)
