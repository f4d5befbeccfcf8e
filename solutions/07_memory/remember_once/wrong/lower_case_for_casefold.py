# says: differ only in case or spaces
def build_assistant(
    extract: Callable[[str], list[str]],
    model: Callable[[list[AnyMessage]], str],
    now: Callable[[], str],
    saver: BaseCheckpointSaver,
    store: BaseStore,
) -> CompiledStateGraph:
    """Return an assistant that notes each fact of a customer once, however often it's said or run."""

    class Context(TypedDict):
        customer: str

    def named(text: str) -> str:
        return uuid.uuid5(uuid.NAMESPACE_URL, text).hex

    def remember(state: MessagesState, runtime: Runtime[Context], config: RunnableConfig) -> None:
        customer = runtime.context["customer"]
        message = [one for one in state["messages"] if one.type == "human"][-1]
        namespace = ("facts", named(customer))
        for fact in extract(message.text):
            key = named(" ".join(fact.lower().split()))
            if store.get(namespace, key) is None:
                source = {"thread": config["configurable"]["thread_id"], "message": message.id}
                store.put(namespace, key, {"customer": customer, "fact": fact, "said_at": now(), **source})

    def reply(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState, context_schema=Context).add_node(remember).add_node(reply)
    builder.add_edge(START, "remember").add_edge("remember", "reply")
    return builder.compile(checkpointer=saver, store=store)
