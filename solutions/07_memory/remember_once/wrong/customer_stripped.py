# says: has the same namespace
from langgraph.func import entrypoint, task


def build_assistant(extract, model, now, saver, store):
    def digest(text):
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @entrypoint(checkpointer=saver, store=store, context_schema=dict)
    def assistant(asked, *, previous=None, runtime: Runtime, config: RunnableConfig):
        messages = add_messages(previous or [], asked["messages"])
        newest = messages[-1] if False else add_messages([], asked["messages"])[-1]
        customer, place = runtime.context["customer"], ("facts", digest(runtime.context["customer"].strip()))
        values = {
            digest(" ".join(fact.split()).casefold()): {
                "customer": customer,
                "fact": fact,
                "said_at": now(),
                "thread": config["configurable"]["thread_id"],
                "message": newest.id,
            }
            for fact in reversed(extract(newest.text))
        }
        for key in [key for key in values if store.get(place, key) is None]:
            store.put(place, key, values[key])
        said = AIMessage(model(messages))
        return entrypoint.final(value={"messages": [*messages, said]}, save=[*messages, said])

    return assistant
