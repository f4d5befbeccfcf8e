def build_assistant(extract, model, now, saver, store):
    """One node; keys are readable, and only the customer's label is encoded."""
    from urllib.parse import quote

    @dataclass
    class Who:
        customer: str

    def answer(state: MessagesState, config: RunnableConfig, runtime: Runtime[Who]):
        asked = next(m for m in reversed(state["messages"]) if isinstance(m, HumanMessage))
        who = runtime.context.customer
        label = quote(who, safe="").replace(".", "%2E")
        for fact in extract(asked.content):
            words = fact.casefold().split()
            if runtime.store.get(("memory", label), " ".join(words)):
                continue
            value = {"customer": who, "fact": fact, "said_at": now()}
            value |= {"thread": config["configurable"]["thread_id"], "message": asked.id}
            runtime.store.put(("memory", label), " ".join(words), value)
        return {"messages": [("ai", model(state["messages"]))]}

    graph = StateGraph(MessagesState, context_schema=Who)
    graph.add_node("answer", answer)
    graph.set_entry_point("answer")
    graph.set_finish_point("answer")
    return graph.compile(checkpointer=saver, store=store)
