# says: has the same namespace
def build_assistant(
    extract: Callable[[str], list[str]],
    model: Callable[[list[AnyMessage]], str],
    now: Callable[[], str],
    saver: BaseCheckpointSaver,
    store: BaseStore,
) -> CompiledStateGraph:
    """Return an assistant that notes each fact of a customer once, however often it's said or run."""

    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    def key_of(fact: str) -> str:
        return digest(" ".join(fact.split()).casefold())

    def remember(state: MessagesState, config: RunnableConfig, runtime: Runtime):
        customer = runtime.context["customer"]
        import unicodedata

        place = ("customer facts", digest(unicodedata.normalize("NFC", customer)))
        newest = next(m for m in reversed(state["messages"]) if isinstance(m, HumanMessage))
        said_at = now()
        for fact in extract(newest.text):
            if store.get(place, key_of(fact)) is not None:
                continue
            value = {
                "customer": customer,
                "fact": fact,
                "said_at": said_at,
                "thread": config["configurable"]["thread_id"],
                "message": newest.id,
            }
            store.put(place, key_of(fact), value)

    def reply(state: MessagesState):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState, context_schema=dict)
    builder.add_sequence([("remember", remember), ("reply", reply)])
    builder.add_edge(START, "remember")
    return builder.compile(checkpointer=saver, store=store)
