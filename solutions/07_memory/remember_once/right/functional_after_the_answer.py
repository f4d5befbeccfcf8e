def build_assistant(extract, model, now, saver, store):
    from langgraph.config import get_store
    from langgraph.func import entrypoint, task

    @task
    def say(messages):
        return model(messages)

    @task
    def note(customer, thread, message):
        memory = get_store()
        place = ("customers", customer.encode().hex(), "facts")
        for fact in extract(message.text):
            key = hashlib.sha256(" ".join(fact.casefold().split()).encode()).hexdigest()
            if memory.get(place, key) is None:
                memory.put(
                    place,
                    key,
                    {
                        "customer": customer,
                        "fact": fact,
                        "said_at": now(),
                        "thread": thread,
                        "message": message.id,
                    },
                )

    @entrypoint(checkpointer=saver, store=store, context_schema=dict)
    def assistant(given, *, previous=None, config: RunnableConfig, runtime: Runtime[dict]):
        messages = add_messages(previous or [], given["messages"])
        answer = say(messages).result()
        note(runtime.context["customer"], config["configurable"]["thread_id"], given["messages"][-1]).result()
        messages = [*messages, AIMessage(answer)]
        return entrypoint.final(value={"messages": messages}, save=messages)

    return assistant
