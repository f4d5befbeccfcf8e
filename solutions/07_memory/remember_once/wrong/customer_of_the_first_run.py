# says: comes from each run's own context
class Who(TypedDict, total=False):
    customer: str


class Talk(MessagesState):
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

    def note(state: Talk, config: RunnableConfig, runtime: Runtime[Who]) -> dict[str, Any]:
        # Kept with the thread: whoever resumes a killed run needn't know whose it was.
        customer = state.get("customer") or runtime.context["customer"]
        message = next(message for message in reversed(state["messages"]) if message.type == "human")
        place = ("facts", customer.encode().hex())
        for fact in extract(message.text):
            key = str(uuid.uuid5(uuid.NAMESPACE_OID, same(fact)))
            if store.get(place, key) is None:
                thread = config["configurable"]["thread_id"]
                value = {
                    "customer": customer,
                    "fact": fact,
                    "said_at": now(),
                    "thread": thread,
                    "message": message.id,
                }
                store.put(place, key, value)
        return {"customer": customer}

    def reply(state: Talk) -> dict[str, Any]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(Talk, context_schema=Who).add_node(note).add_node(reply)
    builder.add_edge(START, "note").add_edge("note", "reply").add_edge("reply", END)
    return builder.compile(checkpointer=saver, store=store)
