def build_assistant(extract, model, now, saver, store):
    """Looks through all that is known, page by page, and then adds what is new."""

    class Context(TypedDict):
        customer: str

    def normal(text):
        return tuple(text.casefold().split())

    def remember(state: MessagesState, runtime: Runtime[Context], config: RunnableConfig):
        customer = runtime.context["customer"]
        space = ("facts", hashlib.sha1(customer.encode()).hexdigest())
        known, page = set(), None
        while page is None or page:
            page = store.search(space, limit=100, offset=len(known))
            known |= {normal(item.value["fact"]) for item in page}
        message = [one for one in state["messages"] if one.type == "human"][-1]
        for fact in extract(message.text):
            if normal(fact) not in known:
                known.add(normal(fact))
                value = {"customer": customer, "fact": fact, "said_at": now()}
                value["thread"] = config["configurable"]["thread_id"]
                value["message"] = message.id
                store.put(space, str(uuid.uuid4()), value)

    def reply(state: MessagesState):
        return {"messages": AIMessage(model(state["messages"]))}

    builder = StateGraph(MessagesState, context_schema=Context).add_sequence([remember, reply])
    return builder.add_edge(START, "remember").compile(checkpointer=saver)
