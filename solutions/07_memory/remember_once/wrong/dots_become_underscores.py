# says: has the same namespace
def build_assistant(extract, model, now, saver, store):
    class Context(TypedDict):
        customer: str

    def named(text):
        return uuid.uuid5(uuid.NAMESPACE_URL, text).hex

    def remember(state: MessagesState, runtime: Runtime[Context], config: RunnableConfig):
        customer = runtime.context["customer"]
        message = [one for one in state["messages"] if one.type == "human"][-1]
        thread = config["configurable"]["thread_id"]
        namespace = ("facts", customer.replace(".", "_"))
        for fact in extract(message.text):
            key = named(" ".join(fact.casefold().split()))
            value = {
                "customer": customer,
                "fact": fact,
                "said_at": now(),
                "thread": thread,
                "message": message.id,
            }
            if store.get(namespace, key) is None:
                store.put(namespace, key, value)

    def reply(state: MessagesState):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState, context_schema=Context).add_node(remember).add_node(reply)
    builder.add_edge(START, "remember").add_edge("remember", "reply")
    return builder.compile(checkpointer=saver, store=store)
