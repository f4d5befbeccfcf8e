# says: has a message of that id, too
from langgraph.store.base import PutOp


class Who(TypedDict):
    customer: str


def same(fact: str) -> str:
    return " ".join(fact.casefold().split())


def build_assistant(
    extract: Callable[[str], list[str]],
    model: Callable[[list[AnyMessage]], str],
    now: Callable[[], str],
    saver: BaseCheckpointSaver,
    store: BaseStore,
) -> CompiledStateGraph:
    """Return an assistant that notes each fact of a customer once, however often it's said or run."""

    def note(state: MessagesState, config: RunnableConfig, runtime: Runtime[Who]) -> dict[str, Any]:
        customer = runtime.context["customer"]
        message = next(message for message in reversed(state["messages"]) if message.type == "human")
        place = ("facts", customer.encode().hex())
        if store.search(place, filter={"message": message.id}, limit=1):
            return {}  # a replay, or sent twice: all of it was put at once
        puts: dict[str, PutOp] = {}
        for fact in extract(message.text):
            key = str(uuid.uuid5(uuid.NAMESPACE_OID, same(fact)))
            if key not in puts and store.get(place, key) is None:
                thread = config["configurable"]["thread_id"]
                value = {
                    "customer": customer,
                    "fact": fact,
                    "said_at": now(),
                    "thread": thread,
                    "message": message.id,
                }
                puts[key] = PutOp(place, key, value)
        if puts:
            store.batch(list(puts.values()))
        return {}

    def reply(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState, context_schema=Who).add_node(note).add_node(reply)
    builder.add_edge(START, "note").add_edge("note", "reply").add_edge("reply", END)
    return builder.compile(checkpointer=saver, store=store)
